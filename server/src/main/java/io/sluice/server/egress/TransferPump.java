package io.sluice.server.egress;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Sends one plan over one connection, a bounded part at a time. After each part it asks for its
 * next turn, so that every transfer of a loop gets its share and no system call takes longer than
 * one part does. The last part is followed by {@link LastHttpContent}.
 *
 * <p>Used on the loop of its channel only.
 */
public final class TransferPump implements Runnable {
  /**
   * The most that is sent in one turn, in bytes. Parts of 64 to 256 KiB move as many bytes a second
   * as whole files do, because they stay in the processor's cache, and a turn of this size takes
   * some tens of microseconds.
   */
  static final int TURN_BYTES = 128 * 1024;

  /** Where a transfer gets its turns. */
  public interface Turns {
    /** Runs this on the loop of the transfer's connection when it has its next turn. */
    void next(Runnable turn);
  }

  /** Told once how a transfer ended. */
  public interface Completion {
    /** The last byte is out. */
    void sent();

    /**
     * Not all of it could be sent.
     *
     * @param cause what the failed write said
     * @param ours true when the cause is on this side (a file that became too short), false when
     *     the client is gone
     */
    void failed(Throwable cause, boolean ours);
  }

  private final ChannelHandlerContext ctx;
  private final Iterator<Extent> extents;
  private final Turns turns;
  private final Completion completion;
  private @Nullable Extent current;
  private long offset;
  private long sentBytes;
  private boolean ended;
  private @Nullable SharedFileRegion inFlight;

  /** A pump that has not begun. */
  public TransferPump(
      ChannelHandlerContext ctx, TransferPlan plan, Turns turns, Completion completion) {
    this.ctx = ctx;
    this.extents = plan.extents().iterator();
    this.turns = turns;
    this.completion = completion;
    advance();
  }

  /** How many body bytes have left so far, parts of a part included. */
  public long sentBytes() {
    SharedFileRegion region = inFlight;
    return sentBytes + (region == null ? 0 : region.transferred());
  }

  /** Sends the next part. The first call begins the transfer; the pump makes the others itself. */
  @Override
  public void run() {
    Extent extent = current;
    if (extent == null) {
      finish();
      return;
    }
    long length = Math.min(TURN_BYTES, extent.length() - offset);
    Object part = part(extent, length);
    offset += length;
    if (offset == extent.length()) {
      advance();
    }
    // The listener is there before the write, so that it hears of the outcome before those of the
    // handlers further down.
    ChannelPromise promise = ctx.newPromise();
    promise.addListener((ChannelFutureListener) done -> partEnded(done, length));
    ctx.write(part, promise);
    if (current == null) {
      finish();
    } else {
      ctx.flush();
    }
  }

  private void partEnded(ChannelFuture part, long length) {
    SharedFileRegion region = inFlight;
    if (!part.isSuccess()) {
      end(part.cause(), region != null && region.isTruncated());
      return;
    }
    inFlight = null;
    sentBytes += length;
    if (current != null) {
      turns.next(this);
    }
  }

  private void finish() {
    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener((ChannelFutureListener) done -> end(done.cause(), false));
  }

  private void end(@Nullable Throwable cause, boolean ours) {
    if (ended) {
      return;
    }
    ended = true;
    if (cause == null) {
      completion.sent();
    } else {
      completion.failed(cause, ours);
    }
  }

  private Object part(Extent extent, long length) {
    if (extent instanceof Extent.File file) {
      SharedFileRegion region = new SharedFileRegion(file.file(), file.offset() + offset, length);
      inFlight = region;
      return region;
    }
    Extent.Memory memory = (Extent.Memory) extent;
    return new DefaultHttpContent(
        Unpooled.wrappedBuffer(memory.bytes(), memory.start() + (int) offset, (int) length));
  }

  private void advance() {
    current = extents.hasNext() ? extents.next() : null;
    offset = 0;
  }
}
