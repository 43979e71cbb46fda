package io.sluice.server.net;

import java.util.List;

/**
 * Which bytes of a resource the body of an answer has (RFC 9110 §14): all of them, a range, or
 * several between the heads of a {@code multipart/byteranges}.
 *
 * @param size of the resource in bytes, {@link #UNKNOWN_SIZE} while it is made
 * @param spans its bytes in the order of the body; none while the size is not known
 */
public record Selection(long size, List<Span> spans) {
  /** The size of what is made while it is sent: the body is all of it, or nothing of use. */
  public static final long UNKNOWN_SIZE = -1;

  /** Everything of a resource whose size is not known. */
  public static final Selection GROWING = new Selection(UNKNOWN_SIZE, List.of());

  /**
   * Consecutive bytes of the resource.
   *
   * @param at where in the body they begin
   * @param first position of the first in the resource
   * @param length how many
   */
  public record Span(long at, long first, long length) {
    /** How many of them are among the first bytes of the body. */
    public long among(long sent) {
      return Math.max(0, Math.min(length, sent - at));
    }

    /** The position behind the last. */
    public long end() {
      return first + length;
    }
  }

  /** Copies the spans. */
  public Selection {
    spans = List.copyOf(spans);
  }

  /** Every byte of a resource. */
  public static Selection whole(long size) {
    return new Selection(size, List.of(new Span(0, 0, size)));
  }

  /** Whether the body is the whole resource. */
  public boolean isWhole() {
    return size == UNKNOWN_SIZE || (spans.size() == 1 && spans.get(0).length() == size);
  }
}
