package io.sluice.server.machines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

public class PackedMachinePropertyTest {
  private static final String CHARACTERS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:äß€𝄞\n";

  /** A machine as fleets have them. */
  public static Machine realistic(int number) {
    Random random = new Random(number);
    Map<String, String> vars = new HashMap<>();
    for (int i = 0; i < 10; i++) {
      vars.put("variable_" + i, text(random, 30 + random.nextInt(31)));
    }
    return new Machine(
        "node-" + number,
        IntStream.range(0, 2 + random.nextInt(3)).mapToObj(i -> mac(number, i)).toList(),
        new UUID(random.nextLong(), random.nextLong()).toString(),
        "SN" + (1_000_000 + number),
        "node-" + number + ".example.com",
        "x86_64",
        List.of("dc-" + number % 7, "env-prod", "gen-" + number % 5, "rack-" + number % 97, "web"),
        vars,
        Map.of("root_password", text(random, 40)),
        "local",
        "debian-12.raw",
        List.of(),
        "",
        random.nextBoolean()
            ? Installation.NONE
            : Installation.request(
                    "0123456789abcdef0123456789abcdef",
                    "install",
                    "debian-12.raw",
                    Terms.STANDARD,
                    Instant.ofEpochSecond(1_700_000_000L + number, 123_456_789))
                .handedOutTo("10.0.0.1", Instant.ofEpochSecond(1_700_000_100L + number), 2),
        Lock.NONE);
  }

  private static MacAddress mac(int number, int card) {
    return MacAddress.parse(String.format("52%02x%08x", card, number)).orElseThrow();
  }

  private static String text(Random random, int length) {
    int[] points = CHARACTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  @Property
  void aMachineComesOutAsItWentIn(@ForAll int seed) {
    Machine machine = realistic(seed & 0xffffff);
    assertEquals(machine, PackedMachine.of(machine).unpack(machine.id()));
    // What was no word when it was packed first may be one now.
    assertEquals(machine, PackedMachine.of(machine).unpack(machine.id()));
  }

  @Property
  void anyTextComesOutAsItWentIn(
      @ForAll @Size(max = 100) List<@StringLength(max = 300) String> values) {
    Map<String, String> vars = new HashMap<>();
    for (String value : values) {
      // Half a surrogate pair is no text.
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      vars.put("v" + vars.size(), new String(utf8, StandardCharsets.UTF_8));
    }
    vars.put("hex", "00ff".repeat(16));
    vars.put("mac", "52:54:00:12:34:56");
    vars.put("MAC", "52:54:00:AB:34:56");
    vars.put("uuid", "123e4567-e89b-12d3-a456-426614174000");
    vars.put("UUID", "123E4567-E89B-12D3-A456-426614174000");
    vars.put("odd", "0".repeat(17));
    vars.put("long", "€".repeat(5000));
    Machine machine =
        new Machine(
            "m",
            List.of(),
            "",
            "",
            "",
            "",
            List.of(),
            vars,
            Map.of(),
            "",
            "",
            List.of(),
            "",
            Installation.NONE,
            Lock.NONE);
    assertEquals(machine, PackedMachine.of(machine).unpack("m"));
  }
}
