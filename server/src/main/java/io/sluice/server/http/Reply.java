package io.sluice.server.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCounted;
import io.sluice.metrics.AbortReason;
import io.sluice.server.net.Selection;
import io.sluice.server.transfer.TransferPlan;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer as a value. {@link ReplyWriter} is the only place where one becomes bytes. */
public sealed interface Reply {

  /** The status of the answer. */
  HttpResponseStatus status();

  /**
   * Header fields beside those that the writer adds itself ({@code Content-Type}, {@code
   * Content-Length}, {@code Date}).
   */
  Map<CharSequence, String> headers();

  /** Gives back what is held open for an answer that nobody wants any more. */
  default void discard() {
    if (this instanceof Transfer transfer) {
      transfer.holds().release();
    } else if (this instanceof Tracked tracked) {
      tracked.reply().discard();
    }
  }

  /**
   * A small answer that is in memory.
   *
   * @param body never changed after it was handed in
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Page(
      HttpResponseStatus status, String contentType, byte[] body, Map<CharSequence, String> headers)
      implements Reply {
    /** A page with status 200. */
    public static Page ok(String contentType, byte[] body) {
      return new Page(HttpResponseStatus.OK, contentType, body, Map.of());
    }

    /** One line of text with status 200. */
    public static Page line(String text) {
      return ok("text/plain; charset=utf-8", (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** 304: what the client has is still good. */
  record NotModified(Map<CharSequence, String> headers) implements Reply {
    @Override
    public HttpResponseStatus status() {
      return HttpResponseStatus.NOT_MODIFIED;
    }
  }

  /**
   * An answer that says what was wrong, in one line.
   *
   * @param detail names what was wrong and what was expected
   */
  record Problem(HttpResponseStatus status, String detail, Map<CharSequence, String> headers)
      implements Reply {
    /** A problem without further header fields. */
    public static Problem of(HttpResponseStatus status, String detail) {
      return new Problem(status, detail, Map.of());
    }
  }

  /**
   * Bytes of a file, or of several parts of it.
   *
   * @param holds what keeps the plan's files open: held until the last byte is out or the transfer
   *     has failed, then released by its {@link Answer}
   * @param plan the body; the writer sends none of it when only the head is wanted. One whose
   *     length is not known is sent in chunks, or to a client of HTTP/1.0 until the connection
   *     closes
   * @param selection which bytes of what was asked for the body has
   */
  record Transfer(
      HttpResponseStatus status,
      String contentType,
      ReferenceCounted holds,
      TransferPlan plan,
      Selection selection,
      Map<CharSequence, String> headers)
      implements Reply {
    /** All of something. */
    public Transfer(
        HttpResponseStatus status,
        String contentType,
        ReferenceCounted holds,
        TransferPlan plan,
        Map<CharSequence, String> headers) {
      this(
          status,
          contentType,
          holds,
          plan,
          plan.isLengthKnown() ? Selection.whole(plan.length()) : Selection.GROWING,
          headers);
    }
  }

  /** Told once how an answer ended, on the loop of its connection. */
  @FunctionalInterface
  interface EndListener {
    /**
     * The answer is over.
     *
     * @param status that of the answer that was given, which may be another than that of the reply;
     *     0 when the client had gone before
     * @param bytes of the body that have left
     * @param reason why it was cut off, null when its last byte is out
     */
    void ended(int status, long bytes, @Nullable AbortReason reason);
  }

  /** An answer of which an endpoint is told how it ended. */
  record Tracked(Reply reply, EndListener listener) implements Reply {
    @Override
    public HttpResponseStatus status() {
      return reply.status();
    }

    @Override
    public Map<CharSequence, String> headers() {
      return reply.headers();
    }
  }

  /** An answer that goes on until the client or the server has enough of it. */
  record Events(String contentType, EventSource source, Map<CharSequence, String> headers)
      implements Reply {
    @Override
    public HttpResponseStatus status() {
      return HttpResponseStatus.OK;
    }
  }

  /** What an answer without an end is made of. */
  interface EventSource {
    /**
     * Begins to give pieces to a listener, from any thread, until the subscription is closed.
     *
     * @param piece takes a piece; an empty one is the last
     */
    Subscription subscribe(Consumer<byte[]> piece);

    /** A listener that is told of pieces. */
    @FunctionalInterface
    interface Subscription {
      /** No more pieces are wanted. May be called more than once. */
      void close();
    }
  }
}
