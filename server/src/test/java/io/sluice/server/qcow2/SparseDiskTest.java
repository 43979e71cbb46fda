package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseDiskTest {
  private static final long TIB = 1L << 40;

  @TempDir private Path root;

  /** A disk of a TiB with clusters of 64 KiB: 2048 L1 entries, two of them with a table. */
  private Path sparse(String name, String backing) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(6 << 16);
    image.putInt(0, ImageFormat.MAGIC).putInt(4, 3).putInt(20, 16).putLong(24, TIB);
    image.putInt(36, 2048).putLong(40, 1 << 16).putInt(100, 104);
    if (!backing.isEmpty()) {
      image
          .putLong(8, 200)
          .putInt(16, backing.length())
          .put(200, backing.getBytes(StandardCharsets.UTF_8));
    }
    image.putLong((1 << 16) + 8 * 7, 2 << 16).putLong((1 << 16) + 8 * 2047, 3 << 16);
    image.putLong((2 << 16) + 8 * 100, 4 << 16).putLong((3 << 16) + 8 * 8191, 5 << 16);
    Path path = root.resolve(name);
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      assertEquals(image.capacity(), file.write(image));
    }
    return path;
  }

  @Test
  void aWalkOfASparseTebibyteTakesAFewSteps() throws Exception {
    try (DiskImage image =
        DiskImage.open(sparse("a.qcow2", ""), ImageFormat.QCOW2, root, Limits.STANDARD)) {
      int steps = 0;
      for (long at = 0; at < TIB; at += image.map(at, TIB).length()) {
        steps++;
      }
      assertEquals(4, steps);
      assertEquals(
          new Allocation(2 << 16, 0, TIB - (2 << 16), 0), Allocation.of(image, () -> false));
    }
  }

  @Test
  void withABackingFileTheStepsStayFew() throws Exception {
    sparse("below.qcow2", "");
    try (DiskImage image =
        DiskImage.open(
            sparse("a.qcow2", "below.qcow2"), ImageFormat.QCOW2, root, Limits.STANDARD)) {
      int steps = 0;
      for (long at = 0; at < TIB; at += image.map(at, TIB).length()) {
        steps++;
      }
      assertTrue(steps < 100, steps + " steps");
    }
  }

  @Test
  void theWalkCanBeStopped() throws Exception {
    try (DiskImage image =
        DiskImage.open(sparse("a.qcow2", ""), ImageFormat.QCOW2, root, Limits.STANDARD)) {
      assertEquals(new Allocation(0, 0, 0, 0), Allocation.of(image, () -> true));
    }
  }

  @Test
  void descriptionsSayWhatTheHeadersSay() throws Exception {
    sparse("below.qcow2", "");
    try (DiskImage image =
        DiskImage.open(
            sparse("a.qcow2", "below.qcow2"), ImageFormat.QCOW2, root, Limits.STANDARD)) {
      assertEquals(2, image.layers().size());
      LayerDescription top = image.layers().get(0);
      assertEquals(TIB, top.virtualSize());
      assertEquals(6 << 16, top.fileSize());
      assertEquals("below.qcow2", top.qcow2().backingFile());
      assertEquals(1 << 16, top.qcow2().clusterSize());
      assertEquals(3, top.qcow2().version());
      assertEquals(
          image.files().stream().map(ImageFile::path).toList(),
          image.layers().stream().map(LayerDescription::path).toList());
    }
  }

  @Test
  void everyOpenedFileIsClosedWithTheImage() throws Exception {
    sparse("below.qcow2", "");
    DiskImage image =
        DiskImage.open(sparse("a.qcow2", "below.qcow2"), ImageFormat.QCOW2, root, Limits.STANDARD);
    assertTrue(image.files().stream().allMatch(file -> file.channel().isOpen()));
    image.close();
    assertTrue(image.files().stream().noneMatch(file -> file.channel().isOpen()));
    Files.delete(root.resolve("below.qcow2"));
  }
}
