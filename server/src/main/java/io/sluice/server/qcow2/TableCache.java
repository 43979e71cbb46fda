package io.sluice.server.qcow2;

import io.sluice.server.keyed.LruCache;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Slices of L1 and L2 tables, as much as a bound allows. Shared by the layers of an image and by
 * threads: two that miss the same slice both read it.
 */
final class TableCache {
  /** Small enough that a random read costs little, large enough for a walk to be quick. */
  static final int SLICE_BYTES = 16 * 1024;

  /** About what an entry takes besides the bytes of the table. */
  private static final int OVERHEAD = 200;

  private final LruCache<TableLocation, ByteBuffer> slices;

  /** At most this many bytes are held. */
  TableCache(long bound) {
    slices = new LruCache<>(bound, slice -> slice.capacity() + OVERHEAD);
  }

  private record TableLocation(int file, long offset, int length) {}

  /**
   * Bytes of a table, big endian, which must not be changed.
   *
   * @param length at most {@link #SLICE_BYTES}
   * @return null when the file ends before them
   */
  @Nullable ByteBuffer slice(ImageFile file, long offset, int length) throws IOException {
    TableLocation place = new TableLocation(file.index(), offset, length);
    Optional<ByteBuffer> known = slices.find(place);
    if (known.isPresent()) {
      return known.get();
    }
    ByteBuffer slice = ByteBuffer.allocate(length);
    if (file.read(slice, offset) < length) {
      return null;
    }
    slices.put(place, slice);
    return slice;
  }
}
