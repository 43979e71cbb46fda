package io.sluice.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.sluice.server.egress.TransferPump;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends the pieces of an answer without an end as they come. A client that does not read them is
 * cut off when too much waits for it.
 */
final class EventWriter {
  /** What may wait for a client, in bytes: minutes of events. */
  private static final long LONGEST_QUEUE = 1024 * 1024;

  private final ChannelHandlerContext ctx;
  private final TransferPump.Completion completion;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private boolean over;
  private EventSource.@Nullable Subscription subscription;

  EventWriter(ChannelHandlerContext ctx, TransferPump.Completion completion) {
    this.ctx = ctx;
    this.completion = completion;
  }

  /** Begins; on the loop of the connection. */
  void begin(EventSource source) {
    subscription = source.subscribe(this::piece);
    ctx.channel().closeFuture().addListener(closed -> fail(new ClosedChannelException()));
  }

  /** Bytes that have left. */
  long sentBytes() {
    return sent.get();
  }

  private void piece(byte[] bytes) {
    if (waiting.addAndGet(bytes.length) <= LONGEST_QUEUE) {
      ctx.executor().execute(() -> write(bytes));
    } else {
      ctx.executor().execute(() -> fail(new IllegalStateException("does not read its events")));
    }
  }

  private void write(byte[] bytes) {
    if (over) {
      return;
    }
    if (bytes.length == 0) {
      end();
      return;
    }
    ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)))
        .addListener(
            done -> {
              waiting.addAndGet(-bytes.length);
              if (done.isSuccess()) {
                sent.addAndGet(bytes.length);
              }
            });
  }

  private void end() {
    over = true;
    unsubscribe();
    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(
            (ChannelFutureListener)
                done -> {
                  if (done.isSuccess()) {
                    completion.sent();
                  } else {
                    completion.failed(done.cause(), false);
                  }
                });
  }

  private void fail(Throwable cause) {
    if (!over) {
      over = true;
      unsubscribe();
      completion.failed(cause, false);
    }
  }

  private void unsubscribe() {
    EventSource.Subscription open = subscription;
    if (open != null) {
      open.close();
    }
  }
}
