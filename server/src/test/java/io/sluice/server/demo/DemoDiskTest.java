package io.sluice.server.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.qcow2.DiskExtent;
import io.sluice.server.qcow2.DiskImage;
import io.sluice.server.qcow2.ImageFormat;
import io.sluice.server.qcow2.Limits;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoDiskTest {
  @TempDir Path folder;

  @Test
  void itIsTheDiskItSaysAndHasRunsOfEveryKind() throws Exception {
    Path file = folder.resolve("demo.qcow2");
    DemoDisk disk = DemoDisk.STANDARD;
    disk.write(file);
    assertTrue(Files.size(file) < DemoDisk.SIZE / 16, "mostly not there");
    Set<Class<?>> kinds = new HashSet<>();
    try (DiskImage image = DiskImage.open(file, ImageFormat.QCOW2, folder, Limits.STANDARD)) {
      assertEquals(DemoDisk.SIZE, image.virtualSize());
      ByteBuffer cluster = ByteBuffer.allocate(disk.content(0).length);
      for (int number = 0; number < DemoDisk.SIZE / cluster.capacity(); number++) {
        long offset = (long) number * cluster.capacity();
        kinds.add(image.map(offset, 1).getClass());
        image.read(offset, cluster.clear());
        assertArrayEquals(disk.content(number), cluster.array(), "cluster " + number);
      }
    }
    assertEquals(
        Set.of(DiskExtent.Stored.class, DiskExtent.Compressed.class, DiskExtent.Zero.class), kinds);
  }
}
