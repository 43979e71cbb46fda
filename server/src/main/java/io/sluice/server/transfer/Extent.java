package io.sluice.server.transfer;

/** A piece of a body that can be sent in one way. Extents are never empty. */
public sealed interface Extent {

  /** How many bytes of the body this extent stands for, at least 1. */
  long length();

  /**
   * A part of this extent.
   *
   * @param offset where the part begins, in bytes from the beginning of this extent
   * @param length how long it is, in bytes, at least 1
   */
  Extent slice(long offset, long length);

  /**
   * Bytes of an open file, sent without passing through user space.
   *
   * @param file the file; the extent does not hold a reference of its own, its {@link TransferPlan}
   *     does
   * @param offset first byte in the file
   * @param length number of bytes, at least 1
   */
  record File(OpenFile file, long offset, long length) implements Extent {
    /** Checks the numbers. */
    public File {
      if (offset < 0 || length < 1) {
        throw new IllegalArgumentException(
            "file extent: " + offset + "+" + length + " (expected: offset >= 0, length >= 1)");
      }
    }

    @Override
    public Extent slice(long from, long count) {
      checkSlice(this, from, count);
      return new File(file, offset + from, count);
    }
  }

  /**
   * A few bytes made by the server itself, such as the head of a part of a multipart answer.
   *
   * @param bytes the array that holds them, never changed after it was handed in
   * @param start first byte in the array
   * @param count number of bytes, at least 1
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Memory(byte[] bytes, int start, int count) implements Extent {
    /** Checks the numbers. */
    public Memory {
      if (start < 0 || count < 1 || start > bytes.length - count) {
        throw new IllegalArgumentException(
            "memory extent: "
                + start
                + "+"
                + count
                + " (expected: at least 1 byte within "
                + bytes.length
                + ")");
      }
    }

    @Override
    public long length() {
      return count;
    }

    @Override
    public Extent slice(long from, long length) {
      checkSlice(this, from, length);
      return new Memory(bytes, start + (int) from, (int) length);
    }
  }

  /**
   * Zeros, which cost neither memory nor copies.
   *
   * @param length number of bytes, at least 1
   */
  record Zero(long length) implements Extent {
    /** Checks the number. */
    public Zero {
      if (length < 1) {
        throw new IllegalArgumentException(
            "zero extent: " + length + " (expected: at least 1 byte)");
      }
    }

    @Override
    public Extent slice(long from, long count) {
      checkSlice(this, from, count);
      return new Zero(count);
    }
  }

  /**
   * Bytes that may still have to be produced, such as the content of a compressed cluster.
   *
   * @param source produces them
   * @param offset first byte, as the source counts
   * @param length number of bytes, at least 1
   */
  record Awaited(PartSource source, long offset, long length) implements Extent {
    /** Checks the numbers. */
    public Awaited {
      if (offset < 0 || length < 1) {
        throw new IllegalArgumentException(
            "awaited extent: " + offset + "+" + length + " (expected: offset >= 0, length >= 1)");
      }
    }

    @Override
    public Extent slice(long from, long count) {
      checkSlice(this, from, count);
      return new Awaited(source, offset + from, count);
    }
  }

  /**
   * All of a body that is sent while it is made; the last extent of its plan.
   *
   * @param source makes it
   * @param length how many bytes it is expected to have, at least 1; a guess
   */
  record Growing(GrowingSource source, long length) implements Extent {
    @Override
    public Extent slice(long from, long count) {
      throw new UnsupportedOperationException("a body of unknown length has no parts");
    }
  }

  private static void checkSlice(Extent of, long offset, long length) {
    if (offset < 0 || length < 1 || offset > of.length() - length) {
      throw new IndexOutOfBoundsException(
          "slice: " + offset + "+" + length + " (expected: within 0+" + of.length() + ")");
    }
  }
}
