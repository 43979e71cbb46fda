package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusedChainTest {
  private static final int SIZE = 10_000;

  @TempDir private Path root;
  private Refusals refusals;

  @BeforeEach
  void useTheFolder() {
    refusals = new Refusals(root);
  }

  private static Qcow2Writer writer() {
    return new Qcow2Writer(3, 9, SIZE).stored(3, new byte[512]);
  }

  private Path images() throws IOException {
    return refusals.images();
  }

  private String refusal(byte[] image) throws IOException {
    return refusals.refusal(image);
  }

  private void opens(byte[] image) throws Exception {
    refusals.opens(image);
  }

  private String backingRefusal(String name, String format) throws IOException {
    return refusal(writer().backing(name, format).image());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}",
        "nbd://127.0.0.1/x",
        "nbd:unix:/run/x",
        "http://127.0.0.1/x",
        "file:/etc/passwd",
        "file:base.raw",
        "fat:rw:.",
      })
  void absoluteNamesAndProtocolsAreRefused(String name) throws IOException {
    Files.write(images().resolve("base.raw"), new byte[SIZE]);
    String expected = name + " (expected: a path relative to the image, without a protocol)";
    assertEquals("backing file: " + expected, backingRefusal(name, "raw"));
    assertEquals("external data file: " + expected, refusal(writer().dataFile(name).image()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../../../../../../../../../etc/passwd",
        "../../outside.raw",
        "missing.raw",
        "missing/../../../outside.raw",
        "link.raw",
        "linked/outside.raw",
        "../.hidden/base.raw",
        ".base.raw",
        "tohidden.raw",
        ".",
        "..",
        "folder",
        "base.raw/",
        "fifo",
        "broken.raw",
        "itself.raw",
      })
  void whatIsNotAFileWithinTheRootIsRefusedWithoutSayingWhy(String name) throws Exception {
    Path outside = Files.createTempDirectory("outside-");
    Files.write(outside.resolve("outside.raw"), new byte[SIZE]);
    Files.write(root.resolve("outside.raw"), new byte[SIZE]);
    Path inner = Files.createDirectories(root.resolve("served/images"));
    Files.createSymbolicLink(inner.resolve("link.raw"), outside.resolve("outside.raw"));
    Files.createSymbolicLink(inner.resolve("linked"), outside);
    Files.createDirectories(root.resolve("served/.hidden"));
    Files.write(root.resolve("served/.hidden/base.raw"), new byte[SIZE]);
    Files.write(inner.resolve(".base.raw"), new byte[SIZE]);
    Files.createSymbolicLink(inner.resolve("tohidden.raw"), Path.of(".base.raw"));
    Files.createSymbolicLink(inner.resolve("broken.raw"), Path.of("nowhere"));
    Files.createSymbolicLink(inner.resolve("itself.raw"), Path.of("itself.raw"));
    Files.createDirectories(inner.resolve("folder"));
    new ProcessBuilder("mkfifo", inner.resolve("fifo").toString()).start().waitFor();
    Path image = inner.resolve("a.qcow2");
    Files.write(image, writer().backing(name, "raw").image());
    String message =
        assertThrows(
                RefusedImageException.class,
                () ->
                    DiskImage.open(
                            image, ImageFormat.QCOW2, root.resolve("served"), Limits.STANDARD)
                        .close())
            .getMessage();
    assertEquals("backing file: " + name + " (expected: a regular file within the root)", message);
    Files.delete(outside.resolve("outside.raw"));
    Files.delete(outside);
  }

  @Test
  void linksWithinTheRootAreFollowed() throws Exception {
    Files.write(root.resolve("base.raw"), new byte[SIZE]);
    Files.createSymbolicLink(images().resolve("link.raw"), Path.of("../base.raw"));
    opens(writer().backing("link.raw", "raw").image());
    opens(writer().backing("../base.raw", "raw").image());
    opens(writer().backing("../images/../base.raw", "raw").image());
  }

  @Test
  void namesThatAreNoTextAreRefused() throws IOException {
    byte[] image = writer().backing("base.raw", "raw").image();
    int at = (int) ByteBuffer.wrap(image).getLong(8);
    image[at] = (byte) 0xff;
    assertEquals("backing file name: \ufffdase.raw (expected: UTF-8)", refusal(image));
    image[at] = 0;
    assertEquals("backing file name: ?ase.raw (expected: no NUL in it)", refusal(image));
    image[at] = '\n';
    assertEquals(
        "backing file: ?ase.raw (expected: a regular file within the root)", refusal(image));
  }

  @Test
  void imagesThatLeanOnThemselvesAreRefused() throws IOException {
    String again = " (expected: a file that is not yet part of this image)";
    assertEquals("backing file: a.qcow2" + again, backingRefusal("a.qcow2", "qcow2"));
    assertEquals("backing file: a.qcow2" + again, backingRefusal("a.qcow2", "raw"));
    assertEquals(
        "external data file: a.qcow2" + again, refusal(writer().dataFile("a.qcow2").image()));
    Files.write(images().resolve("b.qcow2"), writer().backing("a.qcow2", "qcow2").image());
    assertEquals("backing file: backing file: a.qcow2" + again, backingRefusal("b.qcow2", "qcow2"));
    Files.createLink(images().resolve("c.qcow2"), images().resolve("a.qcow2"));
    Files.delete(images().resolve("b.qcow2"));
    Files.write(images().resolve("b.qcow2"), writer().backing("c.qcow2", "qcow2").image());
    assertEquals("backing file: backing file: c.qcow2" + again, backingRefusal("b.qcow2", "qcow2"));
  }

  @Test
  void chainsMayBeAsDeepAsTheLimitSays() throws Exception {
    Limits three = new Limits(3, 1 << 20, 1 << 20);
    Files.write(images().resolve("1"), new byte[SIZE]);
    Files.write(images().resolve("2"), writer().backing("1", "raw").image());
    Files.write(images().resolve("3"), writer().backing("2", "qcow2").image());
    Files.write(images().resolve("4"), writer().backing("3", "qcow2").image());
    DiskImage.open(images().resolve("3"), ImageFormat.QCOW2, root, three).close();
    assertEquals(
        "backing file: backing file: 1 (expected: at most 3 layers)",
        assertThrows(
                RefusedImageException.class,
                () -> DiskImage.open(images().resolve("4"), ImageFormat.QCOW2, root, three).close())
            .getMessage());
  }

  @Test
  void aStatedFormatIsTheFormat() throws Exception {
    Files.write(images().resolve("base"), writer().image());
    opens(writer().backing("base", "raw").image());
    opens(writer().backing("base", "qcow2").image());
    opens(writer().backing("base", "").image());
    Files.write(images().resolve("base"), new byte[SIZE]);
    opens(writer().backing("base", "").image());
    assertEquals(
        "backing file: format: unknown (expected: a QCOW2 image, which begins QFI\\xfb)",
        backingRefusal("base", "qcow2"));
    assertEquals(
        "backing file format: vmdk (expected: raw or qcow2)", backingRefusal("base", "vmdk"));
  }
}
