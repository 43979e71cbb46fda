package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.sluice.server.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageCommandTest {
  private static final int CLUSTER = 512;
  private static final int SIZE = 5 * CLUSTER;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path image;
  private byte[] disk;

  /**
   * Cluster 1 is stored, 2 to 4 are over what the raw backing file has, which ends in cluster 3.
   */
  @BeforeEach
  void makeImage() throws IOException {
    byte[] base = new byte[3 * CLUSTER + 100];
    Arrays.fill(base, (byte) 'b');
    Files.write(folder.resolve("base.raw"), base);
    ByteBuffer bytes = ByteBuffer.allocate(4 * CLUSTER);
    bytes.putInt(0, 0x514649fb).putInt(4, 3).putInt(20, 9).putLong(24, SIZE);
    bytes.putInt(36, 1).putLong(40, CLUSTER).putInt(100, 104);
    bytes.putInt(104, 0xe2792aca).putInt(108, 3).putInt(112, 'r' << 24 | 'a' << 16 | 'w' << 8);
    bytes.putLong(8, 200).putInt(16, 8).put(200, "base.raw".getBytes(StandardCharsets.US_ASCII));
    bytes.putLong(CLUSTER, 2 * CLUSTER).putLong(2 * CLUSTER + 8, 3 * CLUSTER);
    Arrays.fill(bytes.array(), 3 * CLUSTER, 4 * CLUSTER, (byte) 's');
    image = Files.write(folder.resolve("disk.qcow2"), bytes.array());
    disk = Arrays.copyOf(base, SIZE);
    Arrays.fill(disk, CLUSTER, 2 * CLUSTER, (byte) 's');
  }

  private int run(String... arguments) {
    return Main.commandLine(Map.of())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private void damage() throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer.wrap(bytes).putLong(2 * CLUSTER + 8, 1L << 40).putLong(2 * CLUSTER + 16, 1L << 41);
    Files.write(image, bytes);
  }

  @Test
  void inspectTellsOfEveryLayerAndWhatTheDiskIsMadeOf() {
    assertEquals(0, run("image", "inspect", image.toString()));
    String text = out.toString();
    assertTrue(text.contains("format        QCOW2 version 3"), text);
    assertTrue(text.contains("clusters      512 B, deflate"), text);
    assertTrue(text.contains("virtual size  2.5 KiB (2560 bytes)"), text);
    assertTrue(text.contains("backing file  base.raw, raw"), text);
    assertTrue(text.contains("over            " + folder.resolve("base.raw")), text);
    assertTrue(text.contains("stored        1.6 KiB (1636 bytes)"), text);
    assertTrue(text.contains("zeros         924 bytes"), text);
    assertFalse(text.contains("damaged"), text);
    assertEquals("", err.toString());
  }

  @Test
  void aCompressedImageIsNamedWithWhatIsInIt() throws IOException {
    Path packed = folder.resolve("disk.qcow2.gz");
    try (OutputStream to = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(image, to);
    }
    assertEquals(0, run("image", "inspect", packed.toString()));
    assertTrue(out.toString().contains("format        gz"), out.toString());
    assertTrue(out.toString().contains("inside        qcow2"), out.toString());
    assertTrue(out.toString().contains("disk            2.5 KiB (2560 bytes)"), out.toString());
    assertEquals(0, run("image", "verify", packed.toString()));
    assertTrue(out.toString().contains("can be inflated"), out.toString());
    assertEquals(1, run("image", "read", packed.toString()));
    assertTrue(err.toString().contains("gz (expected: what is in it"), err.toString());
    byte[] whole = Files.readAllBytes(packed);
    Files.write(packed, Arrays.copyOf(whole, whole.length - 9));
    assertEquals(1, run("image", "verify", packed.toString()));
    assertTrue(err.toString().contains("ends in the middle"), err.toString());
  }

  @Test
  void aForeignImageIsNamedWithWhatToRun() throws IOException {
    Path vhdx = folder.resolve("disk.vhdx");
    Files.write(vhdx, Arrays.copyOf("vhdxfile".getBytes(StandardCharsets.US_ASCII), 4096));
    assertEquals(1, run("image", "inspect", vhdx.toString()));
    String run = "qemu-img convert -O qcow2 " + vhdx + " " + folder.resolve("disk.qcow2");
    assertTrue(
        err.toString().contains("VHDX (expected: QCOW2 or a raw disk; run " + run), err.toString());
  }

  @Test
  void inspectAsJsonIsOneObject() throws IOException {
    assertEquals(0, run("image", "inspect", "--json", image.toString()));
    int stored = 0;
    int names = 0;
    try (JsonParser json = new JsonFactory().createParser(out.toString())) {
      while (json.nextToken() != null) {
        if ("stored".equals(json.currentName())) {
          stored = json.nextIntValue(0);
        } else if ("backingFile".equals(json.currentName())) {
          assertEquals("base.raw", json.nextTextValue());
          names++;
        }
      }
    }
    assertEquals(1636, stored);
    assertEquals(1, names);
  }

  @Test
  void inspectEndsWithOneWhenTheTablesAreDamaged() throws IOException {
    damage();
    assertEquals(1, run("image", "inspect", image.toString()));
    assertTrue(out.toString().contains("damaged       1 KiB (1024 bytes)"), out.toString());
  }

  @Test
  void verifySaysThatAllCanBeRead() {
    assertEquals(0, run("image", "verify", image.toString()));
    assertEquals(image + ": all of 2.5 KiB (2560 bytes) can be read", out.toString().strip());
    assertEquals("", err.toString());
  }

  @Test
  void verifyPrintsTheDigestOfTheDisk() throws Exception {
    assertEquals(0, run("image", "verify", "--sha256", image.toString()));
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(disk));
    assertEquals(digest + "  " + image, out.toString().strip());
  }

  @Test
  void verifySaysWhereTheDamageIs() throws IOException {
    damage();
    assertEquals(1, run("image", "verify", image.toString()));
    assertEquals(
        "disk.qcow2: damaged at 512 of the virtual disk: data at 1099511627776 (expected: before"
            + " the end of the file at 2048); 1 KiB in all\n"
            + image
            + ": 1 KiB (1024 bytes) of 2.5 KiB (2560 bytes) cannot be read",
        err.toString().strip());
    assertEquals("", out.toString());
  }

  @Test
  void aRawImageIsItsOwnDiskWhateverItBeginsWith() throws Exception {
    assertEquals(0, run("image", "verify", "--format", "raw", "--sha256", image.toString()));
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(image));
    assertEquals(HexFormat.of().formatHex(digest) + "  " + image, out.toString().strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"inspect", "verify", "read"})
  void whatCannotBeOpenedIsOneLineAndExitCodeOne(String command) throws IOException {
    Path missing = folder.resolve("missing");
    assertEquals(1, run("image", command, missing.toString()));
    assertEquals(missing + " (expected: an image that can be opened)", err.toString().strip());
    err.getBuffer().setLength(0);
    Files.delete(folder.resolve("base.raw"));
    assertEquals(1, run("image", command, image.toString()));
    assertEquals(
        image + ": backing file: base.raw (expected: a regular file within the root)",
        err.toString().strip());
    err.getBuffer().setLength(0);
    assertEquals(1, run("image", command, folder.toString()));
    assertEquals(1, err.toString().strip().lines().count(), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void backingFilesMayBeWithinTheGivenRoot() throws IOException {
    Path inner = Files.createDirectories(folder.resolve("inner"));
    Files.write(folder.resolve("base.raw"), new byte[10]);
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer.wrap(bytes).putInt(16, 11).put(200, "../base.raw".getBytes(StandardCharsets.UTF_8));
    Path moved = Files.write(inner.resolve("disk.qcow2"), bytes);
    assertEquals(1, run("image", "verify", moved.toString()));
    assertEquals(0, run("image", "verify", "--root", folder.toString(), moved.toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image",
        "image verify",
        "image fly x",
        "image verify --format vmdk x",
        "image read --range 5 x",
        "image read --range 5+ x",
        "image read --range -5+1 x",
        "image read --range 1+-5 x",
        "image read --range +5 x",
      })
  void badUsageIsOneLineThatPointsAtTheHelp(String arguments) {
    assertEquals(2, run(arguments.split(" ", -1)));
    assertEquals(1, err.toString().strip().lines().count(), err.toString());
    assertTrue(err.toString().startsWith("sluice image"), err.toString());
    assertTrue(err.toString().contains("(see --help)"), err.toString());
  }

  private byte[] output(int exitCode, String... arguments) throws Exception {
    String[] command = {
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "-cp",
      System.getProperty("java.class.path"),
      Main.class.getName(),
      "image",
      "read"
    };
    String[] all = Arrays.copyOf(command, command.length + arguments.length);
    System.arraycopy(arguments, 0, all, command.length, arguments.length);
    Process process =
        new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    process.getInputStream().transferTo(bytes);
    assertEquals(exitCode, process.waitFor());
    return bytes.toByteArray();
  }

  /** In processes of their own, because standard output takes the bytes. */
  @Test
  void readWritesTheDiskOrRangesOfItAndEndsShortOfDamage() throws Exception {
    assertArrayEquals(disk, output(0, image.toString()));
    byte[] parts =
        output(0, "--range", "500+20", "--range=2550+100", "--range=9999+1", image.toString());
    byte[] expected = Arrays.copyOf(Arrays.copyOfRange(disk, 500, 520), 30);
    System.arraycopy(disk, 2550, expected, 20, 10);
    assertArrayEquals(expected, parts);
    damage();
    assertArrayEquals(Arrays.copyOf(disk, CLUSTER), output(1, image.toString()));
  }
}
