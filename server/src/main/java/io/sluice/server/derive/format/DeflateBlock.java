package io.sluice.server.derive.format;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Some bytes as deflate blocks (RFC 1951) that end at a byte and are not the last of their stream.
 *
 * @param level of compression, 1 to 9
 * @param before the full block before this one, whose end serves as dictionary; null for the first
 * @param bytes holds the bytes, never changed
 * @param count how many of them, at least 1
 */
@SuppressWarnings("ArrayRecordComponent")
record DeflateBlock(int level, byte @Nullable [] before, byte[] bytes, int count)
    implements Supplier<ByteBuffer> {
  /**
   * Bytes of a block. Large enough that cutting costs little, small enough that the blocks of many
   * threads fit into a small heap.
   */
  static final int BYTES = 128 * 1024;

  private static final int WINDOW = 32 * 1024;

  /** More than deflate adds to bytes it cannot compress (5 bytes for each 16 KiB and some more). */
  private static final int SLACK = 1024;

  @Override
  public ByteBuffer get() {
    Deflater deflater = new Deflater(level, true);
    try {
      if (before != null) {
        deflater.setDictionary(before, before.length - WINDOW, WINDOW);
      }
      deflater.setInput(bytes, 0, count);
      byte[] compressed = new byte[count + count / 64 + SLACK];
      int length = deflater.deflate(compressed, 0, compressed.length, Deflater.SYNC_FLUSH);
      if (length == compressed.length) {
        throw new IllegalStateException("deflate: grew by more than it can");
      }
      return ByteBuffer.wrap(compressed, 0, length);
    } finally {
      deflater.end();
    }
  }
}
