package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sluice.server.http.EndpointClass;
import io.sluice.server.http.RouteTable;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RoutesPropertyTest {
  private final RouteTable table = RoutesTest.withoutFiles();

  @Property(tries = 20)
  void aThousandMachinesInAnySpellingAreOneLabel(@ForAll Random random) {
    Set<String> labels =
        Stream.generate(() -> machineTarget(random))
            .limit(1000)
            .map(target -> table.find(target).endpointClass().label())
            .collect(Collectors.toSet());
    assertEquals(Set.of("boot"), labels);
  }

  private static String machineTarget(Random random) {
    String digits = String.format("%012x", random.nextLong() & 0xffff_ffff_ffffL);
    String colons = digits.replaceAll("(..)(?!$)", "$1:");
    String spelled =
        switch (random.nextInt(4)) {
          case 0 -> digits;
          case 1 -> colons;
          case 2 -> colons.replace(':', '-');
          default -> digits.replaceAll("(....)(?!$)", "$1.");
        };
    StringBuilder mac = new StringBuilder();
    for (int i = 0; i < spelled.length(); i++) {
      char c = spelled.charAt(i);
      char cased = random.nextBoolean() ? Character.toUpperCase(c) : c;
      mac.append(random.nextInt(4) == 0 ? String.format("%%%02X", (int) cased) : cased);
    }
    String prefix = random.nextBoolean() ? "/boot/" : "/";
    String slashes = prefix.replace("/", random.nextInt(3) == 0 ? "//" : "/");
    return slashes + mac + (random.nextInt(3) == 0 ? "?arch=" + mac : "");
  }

  @Property
  void anyStringHasAClass(@ForAll String target) {
    assertNotNull(table.find(target).endpointClass());
  }

  @Property
  void anyStringThatIsNearlyATargetHasAClassThatQueriesAndSlashesDoNotChange(
      @ForAll("nearlyTargets") String target) {
    EndpointClass found = table.find(target).endpointClass();
    assertNotNull(found);
    if (target.indexOf('?') < 0 && target.indexOf('#') < 0) {
      assertEquals(found, table.find(target + "?name=/metrics&%zz").endpointClass());
    }
    if (target.startsWith("/")) {
      assertEquals(found, table.find("//" + target).endpointClass(), "more slashes");
    }
  }

  @Provide
  Arbitrary<String> nearlyTargets() {
    return Arbitraries.of(
            "/",
            "/",
            "/",
            "boot",
            "boot-debian",
            "images",
            "os",
            "api",
            "ipxe",
            "metrics",
            "static",
            "pxelinux.cfg",
            "amd64",
            "525400123456",
            "52:54:00:12:34:56",
            "..",
            "%2e",
            "%",
            "%2f",
            "%00",
            "?",
            "#",
            "\ud800",
            "\u0130",
            "é",
            " ",
            "http://h")
        .list()
        .ofMaxSize(9)
        .map(parts -> String.join("", parts));
  }
}
