package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefusedHeaderTest {
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

  private String refusal(Consumer<ByteBuffer> change) throws IOException {
    byte[] image = writer().image();
    change.accept(ByteBuffer.wrap(image));
    return refusal(image);
  }

  private void opens(Consumer<ByteBuffer> change) throws Exception {
    byte[] image = writer().image();
    change.accept(ByteBuffer.wrap(image));
    opens(image);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | 1 | version: 1 (expected: 2 or 3)",
        "4 | -1 | version: 4294967295 (expected: 2 or 3)",
        "20 | 8 | cluster bits: 8 (expected: 9 to 21)",
        "20 | 22 | cluster bits: 22 (expected: 9 to 21)",
        "20 | -1 | cluster bits: 4294967295 (expected: 9 to 21)",
        "32 | 1 | encryption: AES (expected: an image that is not encrypted)",
        "32 | 2 | encryption: LUKS (expected: an image that is not encrypted)",
        "32 | 3 | encryption: method 3 (expected: an image that is not encrypted)",
        "36 | 0 | L1 table entries: 0 (expected: 1 to 4194304)",
        "36 | 4194305 | L1 table entries: 4194305 (expected: 1 to 4194304)",
        "36 | -1 | L1 table entries: 4294967295 (expected: 1 to 4194304)",
        "36 | 4000 | L1 table: 32000 bytes at 2048 (expected: within the file of 3584 bytes)",
        "44 | 2049 | L1 table offset: 2049 (expected: a multiple of 512)",
        "44 | 0 | L1 table offset: 0 (expected: a multiple of 512)",
        "40 | -1 | L1 table offset: 18446744069414586368 (expected: a multiple of 512)",
        "96 | 7 | refcount order: 7 (expected: 0 to 6)",
        "100 | 96 | header length: 96 (expected: 104 to 512)",
        "100 | 108 | header length: 108 (expected: a multiple of 8 within the file of 3584)",
        "100 | 520 | header length: 520 (expected: 104 to 512)",
        "72 | -2147483648 | incompatible feature: bit 63 (expected: none but bits 0 to 4)",
        "76 | 32 | incompatible feature: bit 5 (expected: none but bits 0 to 4)",
        "76 | 2 | image: marked corrupt (expected: repaired by qemu-img check -r)",
        "76 | 4 | external data file: unnamed (expected: its name in the header)",
        "76 | 8 | compression type: 0 (expected: 1, zstd, as its feature bit says)",
        "76 | 16 | cluster bits: 9 (expected: at least 14 with extended L2 entries)",
      })
  void headersThatMakeNoSenseAreRefusedByField(int at, int value, String message)
      throws IOException {
    assertEquals(message, refusal(header -> header.putInt(at, value)));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, (64L << 40) + 1})
  void disksLargerThanTheLimitAreRefused(long size) throws IOException {
    assertEquals(
        "virtual size: " + Long.toUnsignedString(size) + " (expected: at most 70368744177664)",
        refusal(header -> header.putLong(24, size)));
  }

  @Test
  void aDiskThatNeedsMoreThanTheLargestTableIsRefused() throws IOException {
    assertEquals(
        "L1 table entries: 1 (expected: 33554432 for this virtual size, but at most 4194304)",
        refusal(header -> header.putLong(24, 1L << 40)));
  }

  @Test
  void filesThatAreNoImageOrTooShortForOneAreRefused() throws IOException {
    String format = "format: unknown (expected: a QCOW2 image, which begins QFI\\xfb)";
    assertEquals(format, refusal(new byte[0]));
    assertEquals(format, refusal("QFI".getBytes(StandardCharsets.US_ASCII)));
    assertEquals(format, refusal(new byte[1000]));
    byte[] image = writer().image();
    assertEquals(
        "file: 103 bytes (expected: a header of at least 104)", refusal(Arrays.copyOf(image, 103)));
    assertEquals("version: 0 (expected: 2 or 3)", refusal(Arrays.copyOf(image, 7)));
    for (int length = 0; length < writer().l2Offset(0) + 512; length++) {
      assertFalse(refusal(Arrays.copyOf(image, length)).isEmpty());
    }
  }

  @Test
  void aCompressionTypeWithoutItsFeatureBitOrUnknownIsRefused() throws IOException {
    byte[] image = new Qcow2Writer(3, 9, SIZE).zstd().stored(3, new byte[512]).image();
    image[79] = 0;
    assertEquals("compression type: 1 (expected: 0, zlib)", refusal(image));
    image[79] = 8;
    image[104] = 2;
    assertEquals("compression type: 2 (expected: 0, zlib, or 1, zstd)", refusal(image));
  }

  @Test
  void anUnknownFeatureIsCalledWhatTheImageCallsIt() throws IOException {
    byte[] image = writer().image();
    ByteBuffer header = ByteBuffer.wrap(image);
    header.putLong(72, 1L << 40);
    header.putInt(104, 0x6803f857).putInt(108, 48).put(112, (byte) 0).put(113, (byte) 40);
    header.put(114, "time\ntravel".getBytes(StandardCharsets.US_ASCII));
    assertEquals(
        "incompatible feature: bit 40, time?travel (expected: none but bits 0 to 4)",
        refusal(image));
  }

  @Test
  void l2TablesPastTheEndOrAskewAreRefused() throws IOException {
    int l1 = (int) writer().l1Offset();
    String expected =
        " (expected: a multiple of 512 with a whole cluster before the end of the file at 3584)";
    assertEquals("L2 table 0: at 3584" + expected, refusal(h -> h.putLong(l1, 3584)));
    assertEquals("L2 table 0: at 72057594037927424" + expected, refusal(h -> h.putLong(l1, -1)));
    byte[] large = new Qcow2Writer(3, 12, SIZE).stored(1, new byte[4096]).image();
    ByteBuffer.wrap(large).putLong(4096, 4096 + 512);
    assertTrue(refusal(large).startsWith("L2 table 0: at 4608 (expected: a multiple of 4096"));
  }

  @Test
  void headerExtensionsThatReachTooFarAreRefused() throws IOException {
    assertEquals(
        "header extension e2792aca: 401 bytes at 112 (expected: at most 1000, within the first 512"
            + " bytes)",
        refusal(header -> header.putInt(104, 0xe2792aca).putInt(108, 401)));
    byte[] many = new Qcow2Writer(3, 16, SIZE).stored(0, new byte[512]).image();
    ByteBuffer header = ByteBuffer.wrap(many);
    for (int at = 104; at < 60_000; at += 8) {
      header.putInt(at, 0xabc).putInt(at + 4, 0);
    }
    assertTrue(refusal(many).startsWith("header extension 00000abc: 0 bytes at"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8 | 100 | 10 | backing file offset: 100 (expected: between the header of 104",
        "8 | 513 | 10 | backing file offset: 513 (expected: between the header of 104",
        "8 | -1 | 10 | backing file offset: 18446744073709551615 (expected: between",
        "8 | 500 | 13 | backing file name length: 13 (expected: at most 12, within the first",
        "8 | 200 | -1 | backing file name length: 4294967295 (expected: at most 312, within",
      })
  void backingNamesOutsideTheFirstClusterAreRefused(int at, long offset, int length, String message)
      throws IOException {
    String refusal = refusal(header -> header.putLong(at, offset).putInt(16, length));
    assertTrue(refusal.startsWith(message), refusal);
  }

  @Test
  void namesLongerThanTheFormatAllowsAreRefused() throws IOException {
    byte[] image = new Qcow2Writer(3, 16, SIZE).stored(0, new byte[512]).image();
    ByteBuffer.wrap(image).putLong(8, 2000).putInt(16, 1024);
    assertEquals(
        "backing file name length: 1024 (expected: at most 1023, within the first cluster)",
        refusal(image));
  }

  @Test
  void whatDoesNotMatterToAReaderIsIgnored() throws Exception {
    opens(header -> header.putLong(48, -1).putInt(56, -1));
    opens(header -> header.putInt(60, 1000).putLong(64, -1));
    opens(header -> header.putLong(72, 1));
    opens(header -> header.putLong(80, -1).putLong(88, -1));
    opens(header -> header.putInt(16, 4000));
    byte[] image = new Qcow2Writer(3, 9, SIZE).zstd().stored(3, new byte[512]).image();
    Arrays.fill(image, 105, 112, (byte) 9);
    opens(image);
  }

  @Test
  void aFolderIsNoImage() throws IOException {
    Path folder = images();
    assertEquals(
        "image: images (expected: a regular file)",
        assertThrows(
                RefusedImageException.class,
                () -> DiskImage.open(folder, ImageFormat.RAW, root, Limits.STANDARD).close())
            .getMessage());
  }
}
