package io.sluice.server.transfer;

import java.util.ArrayList;
import java.util.List;

/**
 * The body of an answer: an ordered list of extents. A plan is a value and holds no references; the
 * sender holds the open files for as long as that takes.
 */
public final class TransferPlan {
  private static final TransferPlan EMPTY = new TransferPlan(List.of(), true);
  private static final TransferPlan UNKNOWN = new TransferPlan(List.of(), false);

  private final List<Extent> extents;
  private final long length;

  private final boolean lengthKnown;

  private TransferPlan(List<Extent> extents, boolean lengthKnown) {
    this.lengthKnown = lengthKnown;
    this.extents = List.copyOf(extents);
    long sum = 0;
    for (Extent extent : extents) {
      sum = Math.addExact(sum, extent.length());
    }
    this.length = sum;
  }

  /** The plan that sends nothing. */
  public static TransferPlan empty() {
    return EMPTY;
  }

  /** A plan that sends these extents one after the other. */
  public static TransferPlan of(List<Extent> extents) {
    return extents.isEmpty() ? EMPTY : new TransferPlan(extents, true);
  }

  /** A plan that sends a whole file of this size, in bytes, 0 included. */
  public static TransferPlan ofFile(OpenFile file, long size) {
    return size == 0 ? EMPTY : new TransferPlan(List.of(new Extent.File(file, 0, size)), true);
  }

  /**
   * A plan that sends a file while it is made.
   *
   * @param expected about how many bytes it will have, at least 1
   */
  public static TransferPlan growing(GrowingSource source, long expected) {
    return new TransferPlan(List.of(new Extent.Growing(source, expected)), false);
  }

  /** A plan for the head of a body that is not being made yet. */
  public static TransferPlan ofUnknownLength() {
    return UNKNOWN;
  }

  /** Whether it is known how many bytes are sent; else {@link #length()} is a guess. */
  public boolean isLengthKnown() {
    return lengthKnown;
  }

  /** What is sent, in order. */
  public List<Extent> extents() {
    return extents;
  }

  /** How many bytes are sent. */
  public long length() {
    return length;
  }

  /**
   * The plan for a part of the body.
   *
   * @param offset first byte, from 0
   * @param count number of bytes, from 0
   * @throws IndexOutOfBoundsException when the part is not within the body
   */
  public TransferPlan slice(long offset, long count) {
    if (offset < 0 || count < 0 || offset > length - count) {
      throw new IndexOutOfBoundsException(
          "slice: " + offset + "+" + count + " (expected: within 0+" + length + ")");
    }
    List<Extent> parts = new ArrayList<>();
    long start = 0;
    for (Extent extent : extents) {
      long from = Math.max(offset, start);
      long to = Math.min(offset + count, start + extent.length());
      if (from < to) {
        parts.add(extent.slice(from - start, to - from));
      }
      start += extent.length();
    }
    return of(parts);
  }
}
