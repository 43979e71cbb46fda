package io.sluice.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.PromiseNotifier;
import io.sluice.server.keyed.ByteBudget;
import java.io.ByteArrayOutputStream;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends the pieces of an answer without an end as they come. While one write is under way, what
 * comes is put together for the next, so that a client that reads slowly costs the bytes that wait
 * for it and nothing more; one that falls too far behind is cut off, and so is the one that fell
 * behind first when all together take too much.
 */
final class EventWriter {
  /** What may wait for a client, in bytes: some thousand changes of machines. */
  static final int LONGEST_QUEUE = 256 * 1024;

  private final ChannelHandlerContext ctx;
  private final ChannelPromise end;
  private final AtomicLong sent = new AtomicLong();
  private final Object lock = new Object();

  /** What waits; under the lock, because pieces come from any thread. */
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream(0);

  /** Whether a task will look at what waits, or a write is under way; under the lock. */
  private boolean busy;

  /** Bytes that were handed to the connection and have not left; under the lock. */
  private int leaving;

  /** Whether nothing more will be sent after what waits; under the lock. */
  private boolean last;

  private final ByteBudget.Share share;
  private boolean over;
  private Reply.EventSource.@Nullable Subscription subscription;

  /**
   * Sends nothing yet.
   *
   * @param budget of what waits for all clients
   */
  EventWriter(ChannelHandlerContext ctx, ChannelPromise end, ByteBudget budget) {
    this.ctx = ctx;
    this.end = end;
    this.share = budget.share(this::fallenBehind);
  }

  /** Begins; on the loop of the connection. */
  void begin(Reply.EventSource source) {
    subscription = source.subscribe(this::piece);
    ctx.channel().closeFuture().addListener(closed -> fail(new ClosedChannelException()));
  }

  /** Bytes that have left. */
  long sentBytes() {
    return sent.get();
  }

  private void piece(byte[] bytes) {
    synchronized (lock) {
      if (last) {
        return;
      }
      if (waiting.size() + bytes.length > LONGEST_QUEUE
          || !share.hold(waiting.size() + bytes.length + leaving)) {
        last = true;
        fallenBehind();
        return;
      }
      last = bytes.length == 0;
      waiting.writeBytes(bytes);
      if (!busy) {
        busy = true;
        ctx.executor().execute(this::write);
      }
    }
  }

  private void fallenBehind() {
    ctx.executor().execute(() -> fail(new IllegalStateException("does not read its events")));
  }

  /** Sends what waits. */
  private void write() {
    byte[] bytes;
    synchronized (lock) {
      if (over || (waiting.size() == 0 && !last)) {
        busy = false;
        return;
      }
      bytes = waiting.toByteArray();
      waiting.reset();
      leaving = bytes.length;
    }
    if (bytes.length == 0) {
      end();
      return;
    }
    ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)))
        .addListener((ChannelFutureListener) done -> written(done, bytes.length));
  }

  private void written(ChannelFuture done, int bytes) {
    if (done.isSuccess()) {
      sent.addAndGet(bytes);
      synchronized (lock) {
        leaving = 0;
        share.hold(waiting.size());
      }
      write();
    } else {
      fail(done.cause());
    }
  }

  private void end() {
    over = true;
    unsubscribe();
    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(new PromiseNotifier<>(false, end));
  }

  private void fail(Throwable cause) {
    if (!over) {
      over = true;
      unsubscribe();
      end.setFailure(cause);
    }
  }

  private void unsubscribe() {
    synchronized (lock) {
      last = true;
      waiting.reset();
    }
    share.close();
    Reply.EventSource.Subscription open = subscription;
    if (open != null) {
      open.close();
    }
  }
}
