package io.sluice.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times every exchange of one HTTP/1.1 connection, from the request's head until the promise of the
 * response's last write succeeds. It sits directly after the HTTP codec, towards the application:
 * further out it would see bytes instead of messages, further in it would miss what handlers in
 * between answer themselves. One instance belongs to one channel.
 *
 * <p>Responses belong to requests in the order both come (RFC 9112 section 9.3.2). 1xx responses
 * are passed by, so an exchange answered with 101 is open until the handler is removed, and counts
 * as aborted. What is written while no request waits for an answer is passed on uncounted.
 *
 * <p>A request ends once: finished when its last byte is out, or aborted when one of its writes
 * fails, the channel becomes inactive or this handler is removed. The reason is the channel's
 * {@linkplain AbortReason#mark mark}; without one it is {@link AbortReason#SERVER_ERROR} for a
 * write that failed on a live channel with anything but an {@link IOException}, and {@link
 * AbortReason#CLIENT_GONE} otherwise. A request whose answer failed keeps its turn, so that what a
 * server writes in its place, a 500 say, is not taken for the answer to the next.
 *
 * <p>Bytes count when they have left: those of a buffer when its write succeeds, those of a {@link
 * FileRegion} when its write succeeds or, by {@link FileRegion#transferred()}, when it fails.
 *
 * <p>The channel may change event loops; promises made on the old loop are followed to the new one.
 */
public final class RequestTimingHandler extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RequestTimingHandler.class);

  private final EndpointClassifier classifier;
  private final RequestListener listener;
  private final InstantSource wallClock;
  private final LongSupplier nanoClock;

  /** Requests whose response has not been handed to the codec to its end, in order: mostly one. */
  private final ArrayDeque<RequestTimer> unanswered = new ArrayDeque<>(1);

  /** Requests whose response was handed on to its end and is on its way out, in order. */
  private final ArrayDeque<RequestTimer> leaving = new ArrayDeque<>(1);

  /** Of a write that is out, for the next. */
  private @Nullable ResponseEnd spare;

  /**
   * Makes the handler of one channel.
   *
   * @param classifier names each request's endpoint
   * @param listener is told of every request; may throw
   */
  public RequestTimingHandler(EndpointClassifier classifier, RequestListener listener) {
    this(classifier, listener, InstantSource.system(), System::nanoTime);
  }

  RequestTimingHandler(
      EndpointClassifier classifier,
      RequestListener listener,
      InstantSource wallClock,
      LongSupplier nanoClock) {
    this.classifier = classifier;
    this.listener = listener instanceof GuardedListeners ? listener : RequestListener.all(listener);
    this.wallClock = wallClock;
    this.nanoClock = nanoClock;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest request) {
      String endpoint = classify(request);
      RequestTimer timer =
          new RequestTimer(request, ctx.channel(), endpoint, wallClock.instant(), nanoClock);
      unanswered.add(timer);
      listener.begun(timer);
    }
    ctx.fireChannelRead(msg);
  }

  private String classify(HttpRequest request) {
    try {
      return classifier.classify(request);
    } catch (RuntimeException e) {
      LOG.warn("The endpoint classifier failed", e);
      return "";
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise)
      throws Exception {
    RequestTimer timer = unanswered.peek();
    if (timer == null || !belongs(timer, msg)) {
      super.write(ctx, msg, promise);
      return;
    }
    boolean last = msg instanceof LastHttpContent;
    ChannelPromise heard = promise.unvoid();
    if (!timer.isEnded()) {
      heard.addListener(departure(timer, msg, last));
    }
    super.write(ctx, msg, heard);
    if (last && heard.cause() == null) {
      unanswered.remove(timer);
      if (!timer.isEnded()) {
        leaving.add(timer);
      }
    }
  }

  /** Whether a message is part of the final response of the request whose turn it is. */
  private static boolean belongs(RequestTimer timer, Object msg) {
    boolean last = msg instanceof LastHttpContent;
    if (msg instanceof HttpResponse response) {
      if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
        timer.informational(!last);
        return false;
      }
      timer.informational(false);
      timer.head(response.status());
      return true;
    }
    if (timer.isInformational()) {
      timer.informational(!last);
      return false;
    }
    return timer.hasHead();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    abortAll(ctx.channel());
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    abortAll(ctx.channel());
  }

  private void abortAll(Channel channel) {
    AbortReason mark = AbortReason.markOf(channel);
    AbortReason reason = mark == null ? AbortReason.CLIENT_GONE : mark;
    for (RequestTimer timer = leaving.poll(); timer != null; timer = leaving.poll()) {
      end(timer, reason);
    }
    for (RequestTimer timer = unanswered.poll(); timer != null; timer = unanswered.poll()) {
      end(timer, reason);
    }
  }

  private void end(RequestTimer timer, @Nullable AbortReason reason) {
    if (!timer.isEnded()) {
      timer.end(reason);
      listener.ended(timer);
    }
  }

  private void sent(RequestTimer timer, long bytes) {
    if (bytes > 0) {
      timer.add(bytes);
      listener.sent(timer, bytes);
    }
  }

  /** How many body bytes a successful write of a message stands for; regions tell by themselves. */
  private static long bodyBytes(Object msg) {
    if (msg instanceof ByteBufHolder holder) {
      return holder.content().readableBytes();
    }
    return msg instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
  }

  private ResponseEnd departure(RequestTimer timer, Object msg, boolean last) {
    ResponseEnd departure = spare == null ? new ResponseEnd() : spare;
    spare = null;
    departure.begin(timer, msg, last);
    return departure;
  }

  /**
   * Waits for one write of one response, and then for another: an image is some ten thousand writes
   * a second, one after the other.
   */
  private final class ResponseEnd implements ChannelFutureListener {
    private @Nullable RequestTimer timer;
    private @Nullable FileRegion region;
    private long bytes;
    private boolean last;

    void begin(RequestTimer timer, Object msg, boolean last) {
      this.timer = timer;
      this.last = last;
      this.region = msg instanceof FileRegion file ? file : null;
      this.bytes = region == null ? bodyBytes(msg) : -region.transferred();
    }

    @Override
    public void operationComplete(ChannelFuture write) {
      if (write.channel().eventLoop().inEventLoop()) {
        settle(write);
      } else {
        // The promise was made before the channel moved to another loop.
        write.channel().eventLoop().execute(() -> settle(write));
      }
    }

    private void settle(ChannelFuture write) {
      settle(write, Objects.requireNonNull(timer, "of a write that is out"));
      timer = null;
      region = null;
      spare = this;
    }

    private void settle(ChannelFuture write, RequestTimer timer) {
      if (write.isSuccess()) {
        timer.firstByte();
      }
      // A region was released by now, but still knows how far it got.
      if (!timer.isBodiless()) {
        if (region != null) {
          // io_uring does not tell the region what it moved, only that it moved all of it.
          sent(timer, (write.isSuccess() ? region.count() : region.transferred()) + bytes);
        } else if (write.isSuccess()) {
          sent(timer, bytes);
        }
      }
      Throwable cause = write.cause();
      if (cause != null) {
        leaving.remove(timer);
        end(timer, AbortReason.of(write.channel(), cause));
      } else if (last) {
        leaving.remove(timer);
        end(timer, null);
      }
    }
  }
}
