package io.sluice.server.files;

/**
 * Some consecutive bytes of a file.
 *
 * @param first position of the first byte, from 0
 * @param last position of the last byte, at least {@code first}
 */
public record ByteRange(long first, long last) {
  /** Checks the positions. */
  public ByteRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException(
          "range: " + first + "-" + last + " (expected: 0 <= first <= last)");
    }
  }

  /** Number of bytes, at least 1. */
  public long length() {
    return last - first + 1;
  }

  /** The value of {@code Content-Range} for this part of a file of a size (RFC 9110 §14.4). */
  String contentRange(long size) {
    return "bytes " + first + "-" + last + "/" + size;
  }
}
