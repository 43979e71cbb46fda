package io.sluice.server.transfer;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
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

  /** Told once how a transfer ended. */
  public interface Completion {
    /** The last byte is out. */
    void sent();

    /**
     * Not all of it could be sent.
     *
     * @param cause what the failed write or the failed source said
     * @param ours true when the cause is on this side (a file that became too short, bytes that
     *     could not be produced), false when the client is gone
     */
    void failed(Throwable cause, boolean ours);
  }

  private final ChannelHandlerContext ctx;
  private final PlanReader parts;
  private final Turns turns;
  private final Completion completion;
  private final PlanReader.Waiting waiting = this::await;
  private final ChannelFutureListener partDone = this::partDone;
  private long sentBytes;
  private long partBytes;
  private boolean ended;
  private boolean writing;
  private @Nullable SharedFileRegion inFlight;

  /** A pump that has not begun. */
  public TransferPump(
      ChannelHandlerContext ctx,
      TransferPlan plan,
      PartSources sources,
      Turns turns,
      Completion completion) {
    this.ctx = ctx;
    this.parts = sources.reader(plan);
    this.turns = turns;
    this.completion = completion;
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
    if (ended) {
      return 0;
    }
    if (parts.isAtEnd()) {
      finish();
      return 0;
    }
    Object part = partOf(most);
    if (part == null) {
      if (parts.isAtEnd() && !ended) {
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
      end(e, true);
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
      end(failure instanceof CompletionException wrapped ? wrapped.getCause() : failure, true);
    }
  }

  private void partDone(ChannelFuture part) {
    writing = parts.isAtEnd();
    Throwable cause = part.cause();
    if (cause != null) {
      end(cause, SharedFileRegion.isTruncation(cause));
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
}
