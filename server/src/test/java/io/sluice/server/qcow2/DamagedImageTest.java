package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DamagedImageTest {
  private static final int CLUSTER = 512;
  private static final int DAMAGED = 5;
  private static final int CLUSTERS = 9;
  private static final int SIZE = CLUSTERS * CLUSTER;

  @TempDir private Path root;

  private static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private DiskImage open(byte[] image) throws Exception {
    return DiskImage.open(
        Files.write(root.resolve("a.qcow2"), image), ImageFormat.QCOW2, root, Limits.STANDARD);
  }

  /** Reads up to the damage, finds the damage, goes on after it. */
  private static String damage(DiskImage image, long at, long length) throws IOException {
    ByteBuffer all = ByteBuffer.allocate((int) image.virtualSize());
    DamagedImageException damage =
        assertThrows(DamagedImageException.class, () -> image.read(0, all));
    assertEquals(at, damage.offset());
    assertEquals(length, damage.length());
    assertEquals(at, all.position(), "the bytes before the damage");
    assertEquals(
        at,
        assertThrows(DamagedImageException.class, () -> image.read(at, ByteBuffer.allocate(1)))
            .offset());
    int rest = (int) Math.min(100, image.virtualSize() - at - length);
    assertEquals(rest, image.read(at + length, ByteBuffer.allocate(rest)));
    assertEquals(1, damage.getMessage().lines().count());
    String prefix = "a.qcow2: damaged at " + at + " of the virtual disk: ";
    assertTrue(damage.getMessage().startsWith(prefix), damage.getMessage());
    return damage.getMessage().substring(prefix.length());
  }

  private static Qcow2Writer writer(int version) {
    Qcow2Writer writer = new Qcow2Writer(version, 9, SIZE);
    for (int i = 0; i < CLUSTERS; i++) {
      writer.stored(i, filled(CLUSTER, i + 1));
    }
    return writer;
  }

  private String entryDamage(int version, long entry) throws Exception {
    Qcow2Writer writer = writer(version);
    byte[] bytes = writer.image();
    ByteBuffer.wrap(bytes).putLong((int) writer.entryOffset(DAMAGED), entry);
    try (DiskImage image = open(bytes)) {
      return damage(image, DAMAGED * CLUSTER, CLUSTER);
    }
  }

  @Test
  void dataPastTheEndOfTheFileIsDamage() throws Exception {
    long end = writer(3).image().length;
    assertEquals(
        "data at " + end + " (expected: before the end of the file at " + end + ")",
        entryDamage(3, end));
    assertEquals(
        "data at 72057594037927424 (expected: before the end of the file at " + end + ")",
        entryDamage(3, 0x00ff_ffff_ffff_fe00L));
    assertEquals(
        "compressed data at " + end + " (expected: before the end of the file at " + end + ")",
        entryDamage(3, 1L << 62 | end));
  }

  @Test
  void dataThatEndsWithTheFileIsGoodAsFarAsItGoes() throws Exception {
    byte[] whole = new Qcow2Writer(3, 9, SIZE).stored(DAMAGED, filled(CLUSTER, 7)).image();
    try (DiskImage image = open(Arrays.copyOf(whole, whole.length - 100))) {
      damage(image, (DAMAGED + 1) * CLUSTER - 100, 100);
    }
  }

  @Test
  void theZeroFlagDoesNotExistInVersionTwo() throws Exception {
    assertEquals(
        "L2 entry 0000000000000001 (expected: no zero flag in version 2)", entryDamage(2, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"short", "noise", "empty"})
  void compressedDataThatYieldsLessThanAClusterIsDamage(String kind) throws Exception {
    for (boolean zstd : new boolean[] {false, true}) {
      byte[] less =
          zstd ? Qcow2Writer.zstd(new byte[511], 2) : Qcow2Writer.deflate(new byte[511], 6);
      Qcow2Writer writer = new Qcow2Writer(3, 9, SIZE);
      if (zstd) {
        writer.zstd();
      }
      writer.compressed(2, filled(CLUSTER, 3), 2);
      writer.compressedBytes(
          DAMAGED,
          switch (kind) {
            case "short" -> less;
            case "noise" -> filled(300, 0xff);
            default -> filled(1, 0);
          });
      try (DiskImage image = open(writer.image())) {
        String message = damage(image, DAMAGED * CLUSTER, CLUSTER);
        assertTrue(
            message.endsWith(
                zstd
                    ? "(expected: ZSTD data of 512 bytes)"
                    : "(expected: DEFLATE data of 512 bytes)"),
            message);
      }
    }
  }

  @Test
  void aFrameThatYieldsMoreThanAClusterIsDamage() throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, 9, SIZE).zstd();
    writer.compressedBytes(DAMAGED, Qcow2Writer.zstd(new byte[513], 2));
    try (DiskImage image = open(writer.image())) {
      damage(image, DAMAGED * CLUSTER, CLUSTER);
    }
  }

  @Test
  void foreignBytesAfterACompressedClusterDoNotMatter() throws Exception {
    for (boolean zstd : new boolean[] {false, true}) {
      byte[] content = filled(CLUSTER, 42);
      byte[] compressed = zstd ? Qcow2Writer.zstd(content, 2) : Qcow2Writer.deflate(content, 6);
      byte[] followed = Arrays.copyOf(compressed, compressed.length + 200);
      Arrays.fill(followed, compressed.length, followed.length, (byte) 0xfd);
      Qcow2Writer writer = new Qcow2Writer(3, 9, SIZE);
      if (zstd) {
        writer.zstd();
      }
      try (DiskImage image = open(writer.compressedBytes(4, followed).image())) {
        ByteBuffer read = ByteBuffer.allocate(CLUSTER);
        image.read(4 * CLUSTER, read);
        assertArrayEquals(content, read.array());
      }
    }
  }

  @Test
  void aCompressedClusterMayEndWithTheFileOrBeReadPastIt() throws Exception {
    byte[] content = filled(CLUSTER, 42);
    Qcow2Writer writer = new Qcow2Writer(3, 9, SIZE).compressed(4, content, 6);
    byte[] bytes = writer.image();
    int at = (int) writer.entryOffset(4);
    ByteBuffer.wrap(bytes).putLong(at, ByteBuffer.wrap(bytes).getLong(at) | 1L << 61);
    try (DiskImage image = open(bytes)) {
      ByteBuffer read = ByteBuffer.allocate(CLUSTER);
      image.read(4 * CLUSTER, read);
      assertArrayEquals(content, read.array());
    }
  }

  @Test
  void clustersAskewAreDamage() throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, 12, 5 * 4096);
    writer.stored(1, filled(4096, 1)).stored(2, filled(4096, 2));
    byte[] bytes = writer.image();
    int at = (int) writer.entryOffset(2);
    for (long flag : new long[] {0, 1}) {
      ByteBuffer.wrap(bytes).putLong(at, writer.l2Offset(0) + 512 | flag);
      try (DiskImage image = open(bytes)) {
        assertTrue(
            damage(image, 2 * 4096, 4096)
                .endsWith("(expected: an offset that is a multiple of 4096)"));
      }
    }
  }

  private void subclusterDamage(Consumer<Qcow2Writer> change) throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, 14, 3 << 14).extended();
    change.accept(writer);
    try (DiskImage image = open(writer.image())) {
      String message = damage(image, 1 << 14, 1 << 14);
      assertTrue(
          message.endsWith("(expected: subclusters either zero or allocated at an offset)"),
          message);
    }
  }

  @Test
  void subclustersThatAreBothOrNowhereAreDamage() throws Exception {
    subclusterDamage(writer -> writer.subclusters(1, 1 << 7, 1 << 7, filled(1 << 14, 1)));
    Qcow2Writer writer = new Qcow2Writer(3, 14, 3 << 14).extended();
    byte[] bytes = writer.subclusters(1, 1, 0, filled(1 << 14, 1)).image();
    ByteBuffer.wrap(bytes).putLong((int) writer.entryOffset(1), 0);
    try (DiskImage image = open(bytes)) {
      damage(image, 1 << 14, 1 << 14);
    }
  }

  @Test
  void besideAnExternalDataFileClustersStandWhereTheyAreOnTheDisk() throws Exception {
    Files.write(root.resolve("a.data"), filled(SIZE, 9));
    Qcow2Writer writer = new Qcow2Writer(3, 9, SIZE).dataFile("a.data");
    byte[] bytes = writer.stored(0, filled(CLUSTER, 9)).stored(DAMAGED, filled(CLUSTER, 9)).image();
    ByteBuffer out = ByteBuffer.wrap(bytes);
    int at = (int) writer.entryOffset(DAMAGED);
    out.putLong(at, 1L << 63 | 3 * CLUSTER);
    try (DiskImage image = open(bytes)) {
      assertEquals(
          "cluster at 1536 of the data file (expected: at 2560)",
          damage(image, DAMAGED * CLUSTER, CLUSTER));
    }
    out.putLong(at, 1L << 62 | 3 * CLUSTER);
    try (DiskImage image = open(bytes)) {
      assertTrue(damage(image, DAMAGED * CLUSTER, CLUSTER).contains("none compressed"));
    }
  }

  @Test
  void aFileThatBecomesShorterWhileItIsOpenIsDamaged() throws Exception {
    Qcow2Writer writer = writer(3);
    byte[] bytes = writer.image();
    try (DiskImage image = open(bytes)) {
      Path file = root.resolve("a.qcow2");
      try (FileChannel shorter = FileChannel.open(file, StandardOpenOption.WRITE)) {
        shorter.truncate(bytes.length - CLUSTER * 2 - 100);
        damage(image, SIZE - CLUSTER * 2 - 100, CLUSTER * 2 + 100);
      }
    }
    try (DiskImage image = open(bytes);
        FileChannel shorter = FileChannel.open(root.resolve("a.qcow2"), StandardOpenOption.WRITE)) {
      shorter.truncate(writer.l2Offset(0) + 8);
      DamagedImageException damage =
          assertThrows(DamagedImageException.class, () -> image.map(100, 50));
      assertEquals(100, damage.offset());
      assertEquals(50, damage.length());
    }
  }

  @Test
  void damageUnderAHoleIsNoLongerThanTheHole() throws Exception {
    Qcow2Writer below = new Qcow2Writer(3, 12, 4 * 4096).stored(1, filled(4096, 1));
    byte[] bytes = below.image();
    ByteBuffer.wrap(bytes).putLong((int) below.entryOffset(1), 1L << 40);
    Files.write(root.resolve("below.qcow2"), bytes);
    Qcow2Writer above = new Qcow2Writer(3, 9, 4 * 4096).backing("below.qcow2", "qcow2");
    for (int i = 0; i < 32; i++) {
      if (i != 11) {
        above.stored(i, filled(CLUSTER, i));
      }
    }
    try (DiskImage image = open(above.image())) {
      DamagedImageException damage =
          assertThrows(
              DamagedImageException.class, () -> image.read(0, ByteBuffer.allocate(4 * 4096)));
      assertEquals(11 * CLUSTER, damage.offset());
      assertEquals(CLUSTER, damage.length());
      assertEquals(CLUSTER, Allocation.of(image, () -> false).damaged());
    }
  }
}
