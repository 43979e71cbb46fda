package io.sluice.server.transfer;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.PromiseNotifier;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends one plan over one connection, a bounded part at a time. After each part it asks for its
 * next turn, so that every transfer of a loop gets its share and no system call takes longer than
 * one part does. The last part is followed by {@link LastHttpContent}.
 *
 * <p>Used on the loop of its channel only.
 */
public final class TransferPump implements Turn, SendProgress {
  /**
   * The most that is sent in one turn when others wait for theirs, in bytes: some tens of
   * microseconds. What a part costs beside its bytes is a seventh of the time for 128 KiB.
   */
  public static final int TURN_BYTES = 512 * 1024;

  /**
   * The most that is sent in one turn by a transfer that is alone on its loop, in bytes: some
   * hundreds of microseconds.
   */
  public static final int LARGEST_TURN_BYTES = 1024 * 1024;

  /** Where a transfer gets its turns. */
  public interface Turns {
    /** Runs this on the loop of the transfer's connection when it has its next turn. */
    void next(Turn turn);

    /** Turns on a loop where transfers are short: each comes as soon as the loop is free. */
    static Turns of(Executor loop) {
      return turn -> loop.execute(() -> turn.take(TURN_BYTES));
    }
  }

  private final ChannelHandlerContext ctx;
  private final PlanReader parts;
  private final Turns turns;
  private final ChannelPromise end;
  private final PlanReader.Waiting waiting = this::await;
  private final ChannelFutureListener partDone = this::partDone;
  private long sentBytes;
  private long partBytes;
  private boolean writing;
  private @Nullable SharedFileRegion inFlight;

  /**
   * A pump that has not begun.
   *
   * @param end succeeds when the last byte is out; fails with a {@link BodySourceException}, or
   *     with what the failed write said
   */
  public TransferPump(
      ChannelHandlerContext ctx,
      TransferPlan plan,
      PartSources sources,
      Turns turns,
      ChannelPromise end) {
    this.ctx = ctx;
    this.turns = turns;
    this.end = end;
    boolean encrypted = ctx.pipeline().get(SslHandler.class) != null;
    this.parts = sources.reader(plan, encrypted ? pieces(sources) : null);
  }

  private CopiedPieces pieces(PartSources sources) {
    PieceRoom.Share room = sources.pieces().begin(ctx::close);
    end.addListener(over -> room.end());
    return new CopiedPieces(ctx.alloc(), room);
  }

  @Override
  public long sentBytes() {
    SharedFileRegion region = inFlight;
    return sentBytes + (region == null ? 0 : region.transferred());
  }

  @Override
  public boolean waitsForClient() {
    return writing;
  }

  /** Asks for the first turn; the pump asks for the others itself. */
  public void begin() {
    turns.next(this);
  }

  @Override
  public long take(int most) {
    if (end.isDone()) {
      return 0;
    }
    if (parts.isAtEnd()) {
      finish();
      return 0;
    }
    Object part = partOf(most);
    if (part == null) {
      if (parts.isAtEnd() && !end.isDone()) {
        finish();
      }
      return 0;
    }
    inFlight = part instanceof SharedFileRegion region ? region : null;
    long bytes = inFlight != null ? inFlight.count() : bytesOf((HttpContent) part);
    partBytes = bytes;
    writing = true;
    ctx.write(part, ctx.newPromise().addListener(partDone));
    if (parts.isAtEnd()) {
      finish();
    } else {
      ctx.flush();
    }
    return bytes;
  }

  private static long bytesOf(HttpContent part) {
    return part.content().readableBytes();
  }

  private @Nullable Object partOf(int most) {
    try {
      return parts.take(most, waiting);
    } catch (RuntimeException e) {
      // A source that throws instead of failing its stage must not leave the client waiting.
      end.tryFailure(new BodySourceException(e));
      return null;
    }
  }

  /** What has been written so far leaves while the next part is waited for. */
  private void await(CompletionStage<?> ready) {
    ctx.flush();
    ready.whenComplete((any, failure) -> ctx.executor().execute(() -> resume(failure)));
  }

  private void resume(@Nullable Throwable failure) {
    if (failure == null) {
      turns.next(this);
    } else {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      end.tryFailure(new BodySourceException(cause == null ? failure : cause));
    }
  }

  private void partDone(ChannelFuture part) {
    writing = parts.isAtEnd();
    parts.partDone();
    Throwable cause = part.cause();
    if (cause != null) {
      SharedFileRegion region = inFlight;
      BodySourceException ours =
          region == null ? null : region.failure(cause, ctx.channel() instanceof NioSocketChannel);
      end.tryFailure(ours == null ? cause : ours);
      return;
    }
    inFlight = null;
    sentBytes += partBytes;
    if (!parts.isAtEnd()) {
      turns.next(this);
    }
  }

  private void finish() {
    writing = true;
    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(new PromiseNotifier<>(false, end));
  }
}
