package io.sluice.server.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Slices of L1 and L2 tables, as much as a bound allows; those used longest ago go first. Shared by
 * the layers of an image and by threads: two that miss the same slice both read it.
 */
final class TableCache {
  /** Small enough that a random read costs little, large enough for a walk to be quick. */
  static final int SLICE_BYTES = 16 * 1024;

  /** About what an entry takes besides the bytes of the table. */
  private static final int OVERHEAD = 200;

  private final Map<TableLocation, ByteBuffer> slices = new LinkedHashMap<>(16, 0.75f, true);
  private final long bound;
  private long held;

  /** At most this many bytes are held. */
  TableCache(long bound) {
    this.bound = bound;
  }

  private record TableLocation(int file, long offset, int length) {
    long cost() {
      return (long) length + OVERHEAD;
    }
  }

  /**
   * Bytes of a table, big endian, which must not be changed.
   *
   * @param length at most {@link #SLICE_BYTES}
   * @return null when the file ends before them
   */
  @Nullable ByteBuffer slice(ImageFile file, long offset, int length) throws IOException {
    TableLocation place = new TableLocation(file.index(), offset, length);
    synchronized (slices) {
      ByteBuffer known = slices.get(place);
      if (known != null) {
        return known;
      }
    }
    ByteBuffer slice = ByteBuffer.allocate(length);
    if (file.read(slice, offset) < length) {
      return null;
    }
    keep(place, slice);
    return slice;
  }

  private void keep(TableLocation place, ByteBuffer slice) {
    synchronized (slices) {
      if (slices.put(place, slice) == null) {
        held += place.cost();
      }
      Iterator<TableLocation> oldest = slices.keySet().iterator();
      while (held > bound) {
        held -= oldest.next().cost();
        oldest.remove();
      }
    }
  }

  /** How many bytes are held. */
  long held() {
    synchronized (slices) {
      return held;
    }
  }
}
