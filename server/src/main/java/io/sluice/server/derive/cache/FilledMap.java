package io.sluice.server.derive.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32;

/**
 * Which chunks of a file are there. Safe for all threads.
 *
 * <p>Written behind the last byte of the file when it is put aside: the bits, then {@value
 * #FOOT_LONGS} numbers: a mark, the length of the file, the size of a chunk, and the CRC-32 of all
 * that.
 */
public final class FilledMap {
  /** More chunks than this are refused: one bit each is kept in memory (2 MiB then). */
  public static final int MOST_CHUNKS = 1 << 24;

  private static final long MARK = 0x736c756963653031L;
  private static final int FOOT_LONGS = 4;
  private static final int FOOT_BYTES = FOOT_LONGS * Long.BYTES;

  private final long length;
  private final int chunkBytes;
  private final AtomicLongArray bits;

  /**
   * Nothing is there.
   *
   * @param length of the file in bytes, from 0
   * @param chunkBytes size of a chunk but for the last, at least 1
   */
  public FilledMap(long length, int chunkBytes) {
    long chunks = (length + chunkBytes - 1) / chunkBytes;
    if (length < 0 || chunks > MOST_CHUNKS) {
      throw new IllegalArgumentException(
          "filling file: " + chunks + " chunks (expected: up to " + MOST_CHUNKS + ")");
    }
    this.length = length;
    this.chunkBytes = chunkBytes;
    bits = new AtomicLongArray((int) ((chunks + Long.SIZE - 1) / Long.SIZE));
  }

  public long length() {
    return length;
  }

  public int chunkBytes() {
    return chunkBytes;
  }

  /** Whether it is about a file of this length in chunks of this size. */
  public boolean isOf(long bytes, int chunk) {
    return length == bytes && chunkBytes == chunk;
  }

  public boolean has(long chunk) {
    return (bits.get((int) (chunk / Long.SIZE)) & 1L << chunk) != 0;
  }

  public void add(long chunk) {
    bits.getAndUpdate((int) (chunk / Long.SIZE), word -> word | 1L << chunk);
  }

  /** How many chunks are there. */
  public long count() {
    long count = 0;
    for (int i = 0; i < bits.length(); i++) {
      count += Long.bitCount(bits.get(i));
    }
    return count;
  }

  /** How many bytes are there: the last chunk may be shorter than the others. */
  private long bytes() {
    long whole = count() * chunkBytes;
    long last = (length - 1) / chunkBytes;
    return length > 0 && has(last) ? whole - ((last + 1) * chunkBytes - length) : whole;
  }

  /** What stands behind the last byte of the file. */
  public ByteBuffer encoded() {
    ByteBuffer text = ByteBuffer.allocate(bits.length() * Long.BYTES + FOOT_BYTES);
    for (int i = 0; i < bits.length(); i++) {
      text.putLong(bits.get(i));
    }
    text.putLong(MARK).putLong(length).putLong(chunkBytes);
    CRC32 crc = new CRC32();
    crc.update(text.duplicate().flip());
    return text.putLong(crc.getValue()).flip();
  }

  /** Reads the end of a file; empty when none stands there. */
  static Optional<FilledMap> of(FileChannel file) throws IOException {
    long size = file.size();
    if (size < FOOT_BYTES) {
      return Optional.empty();
    }
    ByteBuffer foot = read(file, size - FOOT_BYTES, FOOT_BYTES);
    boolean marked = foot.getLong() == MARK;
    long length = foot.getLong();
    long chunkBytes = foot.getLong();
    if (!marked
        || length < 0
        || chunkBytes < 1
        || chunkBytes > Integer.MAX_VALUE
        || (length + chunkBytes - 1) / chunkBytes > MOST_CHUNKS) {
      return Optional.empty();
    }
    FilledMap map = new FilledMap(length, (int) chunkBytes);
    if (size != length + map.bits.length() * (long) Long.BYTES + FOOT_BYTES) {
      return Optional.empty();
    }
    ByteBuffer text = read(file, length, (int) (size - length));
    for (int i = 0; i < map.bits.length(); i++) {
      map.bits.set(i, text.getLong());
    }
    return map.encoded().equals(text.rewind()) ? Optional.of(map) : Optional.empty();
  }

  /** How many bytes a file takes up that was put aside; its size when it says nothing of it. */
  static long chargeOf(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      Optional<FilledMap> map = of(channel);
      return map.isPresent() ? map.get().bytes() + map.get().encoded().remaining() : channel.size();
    }
  }

  private static ByteBuffer read(FileChannel file, long offset, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, offset + bytes.position()) < 0) {
        throw new IOException("became shorter while it was read");
      }
    }
    return bytes.flip();
  }
}
