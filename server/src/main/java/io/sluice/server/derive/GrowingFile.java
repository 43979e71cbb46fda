package io.sluice.server.derive;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * How far a file has come that one writer appends to while others read what is there. Its length is
 * known when it is complete. Safe for all threads; never blocks.
 */
final class GrowingFile {
  private long length;
  private boolean complete;
  private @Nullable Throwable failure;
  private List<CompletableFuture<Long>> waiting = new ArrayList<>();

  /** More bytes are in the file. */
  void grewBy(long count) {
    List<CompletableFuture<Long>> told;
    long now;
    synchronized (this) {
      checkOpen();
      length += count;
      now = length;
      told = takeWaiting();
    }
    told.forEach(future -> future.complete(now));
  }

  /** All bytes are there. */
  void complete() {
    List<CompletableFuture<Long>> told;
    long all;
    synchronized (this) {
      checkOpen();
      complete = true;
      all = length;
      told = takeWaiting();
    }
    told.forEach(future -> future.complete(all));
  }

  /** There will be no more bytes, though not all are there. Does nothing to a complete file. */
  void fail(Throwable cause) {
    List<CompletableFuture<Long>> told;
    synchronized (this) {
      if (complete || failure != null) {
        return;
      }
      failure = cause;
      told = takeWaiting();
    }
    told.forEach(future -> future.completeExceptionally(cause));
  }

  private void checkOpen() {
    if (complete || failure != null) {
      throw new IllegalStateException("growing file: has ended (expected: one that grows)");
    }
  }

  private List<CompletableFuture<Long>> takeWaiting() {
    List<CompletableFuture<Long>> taken = waiting;
    waiting = new ArrayList<>();
    return taken;
  }

  /**
   * Waits for bytes behind an offset.
   *
   * @param offset how many bytes the reader has, from 0 to what there is
   * @return completes with the number of bytes there are: more than the offset, or just as many
   *     when the file is complete; exceptionally when it will not become complete
   */
  synchronized CompletionStage<Long> beyond(long offset) {
    if (offset < length || complete) {
      return CompletableFuture.completedFuture(length);
    }
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    CompletableFuture<Long> more = new CompletableFuture<>();
    waiting.add(more);
    return more;
  }

  /** Number of bytes there are by now. */
  synchronized long length() {
    return length;
  }

  /** Whether all bytes are there. */
  synchronized boolean isComplete() {
    return complete;
  }
}
