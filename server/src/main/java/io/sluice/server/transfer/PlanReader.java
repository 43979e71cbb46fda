package io.sluice.server.transfer;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Cuts a plan into parts that can be sent without waiting for a disk. Used on one loop only. */
final class PlanReader {
  private final Iterator<Extent> extents;
  private final PageReader coldReads;
  private final OpenFile zeros;
  private @Nullable Extent current;
  private long offset;
  private final @Nullable CopiedPieces pieces;
  private int ahead;

  PlanReader(
      TransferPlan plan, PageReader coldReads, OpenFile zeros, @Nullable CopiedPieces pieces) {
    this.pieces = pieces;
    this.extents = plan.extents().iterator();
    this.coldReads = coldReads;
    this.ahead = coldReads.leastAhead();
    this.zeros = zeros;
    advance();
  }

  /** Whether all parts were taken. */
  boolean isAtEnd() {
    return current == null;
  }

  /**
   * Takes the next part, a {@link SharedFileRegion} or an {@link HttpContent}, or says what it
   * waits for.
   *
   * @param most bytes, at least 1
   * @param waiting told when the part has to be waited for; then the same is asked again when the
   *     stage completes
   * @return null when the part has to be waited for, or when it turned out that there is no more:
   *     then this {@linkplain #isAtEnd() is at its end}
   */
  @Nullable Object take(int most, Waiting waiting) {
    return part(pieces == null ? most : Math.min(most, pieces.room().most()), waiting);
  }

  private @Nullable Object part(int most, Waiting waiting) {
    Extent extent = current;
    if (extent == null) {
      throw new IllegalStateException("the plan is at its end");
    }
    if (extent instanceof Extent.Growing growing) {
      return growing(growing.source(), most, waiting);
    }
    long length = Math.min(most, extent.length() - offset);
    if (extent instanceof Extent.Awaited awaited) {
      CompletableFuture<Extent> stage =
          awaited.source().part(awaited.offset() + offset, length).toCompletableFuture();
      if (!stage.isDone() || stage.isCompletedExceptionally()) {
        waiting.on(stage);
        return null;
      }
      Extent ready = stage.join();
      return part(ready, 0, Math.min(length, ready.length()), waiting);
    }
    return part(extent, offset, length, waiting);
  }

  private @Nullable Object part(Extent extent, long from, long length, Waiting waiting) {
    if (extent instanceof Extent.Memory memory) {
      return memory(memory.bytes(), memory.start() + (int) from, (int) length);
    }
    if (extent instanceof Extent.Zero) {
      long some = Math.min(length, TransferPump.LARGEST_TURN_BYTES);
      if (pieces == null) {
        return region(zeros, 0, some, waiting);
      }
      if (!hasRoom(pieces, some, waiting)) {
        return null;
      }
      move(some);
      return pieces.ofZeros((int) some);
    }
    if (extent instanceof Extent.File file) {
      return ifWarm(file.file(), file.offset() + from, file.length() - from, length, waiting);
    }
    throw new IllegalStateException("a part that is no part: " + extent);
  }

  private @Nullable Object growing(GrowingSource source, int most, Waiting waiting) {
    CompletableFuture<Long> stage = source.beyond(offset).toCompletableFuture();
    if (!stage.isDone() || stage.isCompletedExceptionally()) {
      waiting.on(stage);
      return null;
    }
    long there = stage.join() - offset;
    if (there == 0) {
      advance();
      return null;
    }
    long warm = warm(source.file(), offset, there, Math.min(most, there), waiting);
    if (warm == 0) {
      return null;
    }
    Object region = bytes(source.file(), offset, warm, waiting);
    if (region != null) {
      offset += warm;
    }
    return region;
  }

  private @Nullable Object bytes(OpenFile file, long position, long length, Waiting waiting) {
    if (pieces == null) {
      return new SharedFileRegion(file, position, length);
    }
    return hasRoom(pieces, length, waiting) ? pieces.of(file, position, (int) length) : null;
  }

  private static boolean hasRoom(CopiedPieces pieces, long length, Waiting waiting) {
    boolean taken = pieces.room().take((int) length);
    if (!taken) {
      waiting.on(pieces.room().room());
    }
    return taken;
  }

  /** The last part has left, or never will. */
  void partDone() {
    if (pieces != null) {
      pieces.room().give();
    }
  }

  /** Told what a part waits for. */
  interface Waiting {
    void on(CompletionStage<?> ready);
  }

  private @Nullable Object ifWarm(
      OpenFile file, long position, long remaining, long most, Waiting waiting) {
    long warm = warm(file, position, remaining, most, waiting);
    return warm == 0 ? null : region(file, position, warm, waiting);
  }

  /** A transfer that waits for a disk although it was read ahead of it is faster than that. */
  private long warm(OpenFile file, long position, long remaining, long most, Waiting waiting) {
    long warm = coldReads.warmBytes(file, position, remaining, ahead, most);
    if (warm == 0) {
      CompletionStage<Void> ready = coldReads.warm(file, position, remaining, ahead);
      ahead = coldReads.deeper(ahead);
      waiting.on(ready);
    }
    return warm;
  }

  private @Nullable Object region(OpenFile file, long position, long length, Waiting waiting) {
    Object region = bytes(file, position, length, waiting);
    if (region != null) {
      move(length);
    }
    return region;
  }

  private HttpContent memory(byte[] bytes, int start, int length) {
    move(length);
    return new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, start, length));
  }

  private void move(long length) {
    offset += length;
    if (current != null && offset == current.length()) {
      advance();
    }
  }

  private void advance() {
    current = extents.hasNext() ? extents.next() : null;
    offset = 0;
  }
}
