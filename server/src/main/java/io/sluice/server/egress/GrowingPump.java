package io.sluice.server.egress;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Sends a {@link GrowingBody} over one connection, a part at a time, as far as it is made. Used on
 * the loop of its channel only.
 */
public final class GrowingPump implements Runnable {
  private final ChannelHandlerContext ctx;
  private final GrowingBody body;
  private final TransferPump.Turns turns;
  private final TransferPump.Completion completion;
  private long offset;
  private long sentBytes;
  private boolean ended;
  private @Nullable SharedFileRegion inFlight;

  /** A pump that has not begun. */
  public GrowingPump(
      ChannelHandlerContext ctx,
      GrowingBody body,
      TransferPump.Turns turns,
      TransferPump.Completion completion) {
    this.ctx = ctx;
    this.body = body;
    this.turns = turns;
    this.completion = completion;
  }

  /** How many body bytes have left so far, parts of a part included. */
  public long sentBytes() {
    SharedFileRegion region = inFlight;
    return sentBytes + (region == null ? 0 : region.transferred());
  }

  /** Sends the next part as soon as there is one. */
  @Override
  public void run() {
    ctx.flush();
    body.part(offset, TransferPump.TURN_BYTES)
        .thenAccept(part -> onLoop(() -> send(part)))
        .whenComplete(
            (any, failure) -> {
              if (failure != null) {
                onLoop(
                    () ->
                        end(
                            failure instanceof CompletionException wrapped
                                ? wrapped.getCause()
                                : failure,
                            true));
              }
            });
  }

  private void onLoop(Runnable task) {
    if (ctx.executor().inEventLoop()) {
      task.run();
    } else {
      ctx.executor().execute(task);
    }
  }

  private void send(Optional<Extent.File> next) {
    if (next.isEmpty()) {
      ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
          .addListener((ChannelFutureListener) done -> end(done.cause(), false));
    } else {
      Extent.File part = next.get();
      SharedFileRegion region = new SharedFileRegion(part.file(), part.offset(), part.length());
      inFlight = region;
      offset += part.length();
      ChannelPromise promise = ctx.newPromise();
      promise.addListener((ChannelFutureListener) done -> sent(done, region));
      ctx.writeAndFlush(region, promise);
    }
  }

  private void sent(ChannelFuture part, SharedFileRegion region) {
    if (!part.isSuccess()) {
      end(part.cause(), region.isTruncated());
      return;
    }
    inFlight = null;
    sentBytes = offset;
    turns.next(this);
  }

  private void end(@Nullable Throwable cause, boolean ours) {
    if (ended) {
      return;
    }
    ended = true;
    body.release();
    if (cause == null) {
      completion.sent();
    } else {
      completion.failed(cause, ours);
    }
  }
}
