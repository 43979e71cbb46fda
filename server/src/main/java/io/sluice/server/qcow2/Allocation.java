package io.sluice.server.qcow2;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * How the bytes of a virtual disk are found, over all its layers. The four numbers add up to the
 * size of the disk.
 *
 * @param stored bytes that stand in a file as they are
 * @param compressed bytes that stand in a file compressed
 * @param zero bytes that stand nowhere
 * @param damaged bytes whose place the tables do not tell
 */
public record Allocation(long stored, long compressed, long zero, long damaged) {

  /**
   * Walks the tables of an image, without reading what they point at.
   *
   * @param stop ends the walk early
   */
  public static Allocation of(DiskImage image, BooleanSupplier stop) throws IOException {
    long stored = 0;
    long compressed = 0;
    long zero = 0;
    long damaged = 0;
    long at = 0;
    while (at < image.virtualSize() && !stop.getAsBoolean()) {
      long length;
      try {
        DiskExtent extent = image.map(at, image.virtualSize() - at);
        length = extent.length();
        if (extent instanceof DiskExtent.Stored) {
          stored += length;
        } else if (extent instanceof DiskExtent.Compressed) {
          compressed += length;
        } else {
          zero += length;
        }
      } catch (DamagedImageException e) {
        length = e.length();
        damaged += length;
      }
      at += length;
    }
    return new Allocation(stored, compressed, zero, damaged);
  }
}
