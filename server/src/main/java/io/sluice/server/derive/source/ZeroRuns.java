package io.sluice.server.derive.source;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Finds the blocks of some bytes that are not all zeros, in order. */
public final class ZeroRuns {
  /** What most file systems can leave out, in bytes. */
  private static final int BLOCK = 4096;

  private static final byte[] ZEROS = new byte[BLOCK];

  private final ByteBuffer bytes;
  private int at;
  private boolean zeros;

  /**
   * Looks through these.
   *
   * @param bytes with an array, from a position that is one of a block in the file
   */
  public ZeroRuns(ByteBuffer bytes) {
    this.bytes = bytes;
    this.at = bytes.position();
  }

  /** The next blocks that are not all zeros; without any bytes when there are no more. */
  public ByteBuffer nextData() {
    while (at < bytes.limit() && isZero()) {
      zeros = true;
      at += length();
    }
    int begin = at;
    while (at < bytes.limit() && !isZero()) {
      zeros = false;
      at += length();
    }
    return bytes.duplicate().position(begin).limit(at);
  }

  /** After the last of them: whether the end was zeros. */
  public boolean endsWithZeros() {
    return zeros;
  }

  private int length() {
    return Math.min(BLOCK, bytes.limit() - at);
  }

  private boolean isZero() {
    int from = bytes.arrayOffset() + at;
    return Arrays.equals(bytes.array(), from, from + length(), ZEROS, 0, length());
  }
}
