package io.sluice.server.derive.source;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a disk from its beginning to its end, a buffer at a time. */
public final class SourceReader {
  private final DiskSource source;
  private long offset;

  public SourceReader(DiskSource source) {
    this.source = source;
  }

  /** How many bytes have been read. */
  public long offset() {
    return offset;
  }

  /**
   * Fills a buffer from its position to its limit, or to the end of the disk, and makes it ready to
   * be read from.
   *
   * @return false when there are no more bytes
   */
  public boolean next(ByteBuffer buffer) throws IOException {
    buffer.clear();
    if (offset >= source.size()) {
      buffer.limit(0);
      return false;
    }
    source.read(offset, buffer);
    buffer.flip();
    offset += buffer.limit();
    return true;
  }
}
