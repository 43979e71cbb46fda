package io.sluice.metrics;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a request ended before its last byte was out. */
public enum AbortReason {
  /** The client closed or reset the connection, or the network did. */
  CLIENT_GONE,
  /** The server closed the connection because something took too long. */
  TIMEOUT,
  /** The server could not produce or encode the rest of the answer. */
  SERVER_ERROR,
  /** The server closed the connection because it is stopping. */
  SHUTDOWN;

  private static final AttributeKey<AbortReason> MARK =
      AttributeKey.valueOf(AbortReason.class, "mark");

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The reason as a label value: {@code client_gone}, {@code timeout} and so on. */
  public String label() {
    return label;
  }

  /**
   * Notes why a channel is about to be closed, so that requests cut off by it are counted under
   * that reason. Call it just before closing; the first mark of a channel stays, and is never taken
   * off. May be called from any thread.
   *
   * <p>A server that sees a file turn out shorter than promised has to mark its channel too: the
   * failed write is an {@link IOException} like that of a lost connection, and the two cannot be
   * told apart later.
   *
   * @param channel the channel that will be closed
   * @param reason why
   */
  public static void mark(Channel channel, AbortReason reason) {
    channel.attr(MARK).setIfAbsent(reason);
  }

  /**
   * Why an answer was cut off: the mark of its channel; without one {@link #SERVER_ERROR} for what
   * failed on a live channel with anything but an {@link IOException}, and else {@link
   * #CLIENT_GONE}.
   *
   * @param channel the channel of the answer
   * @param cause what its last write failed with
   */
  public static AbortReason of(Channel channel, Throwable cause) {
    AbortReason mark = markOf(channel);
    if (mark != null) {
      return mark;
    }
    return channel.isActive() && !(cause instanceof IOException) ? SERVER_ERROR : CLIENT_GONE;
  }

  /** The mark of a channel, or null if it has none. */
  static @Nullable AbortReason markOf(Channel channel) {
    return channel.hasAttr(MARK) ? channel.attr(MARK).get() : null;
  }
}
