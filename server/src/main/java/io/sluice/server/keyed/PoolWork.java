package io.sluice.server.keyed;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Work on a pool that a request waits for, and that may never end: a file system whose server has
 * gone keeps its thread for ever. Whoever watches the pool may give it up; the request is answered
 * then, and what the work still brings is given back.
 */
public final class PoolWork<T> implements Runnable {
  private final String what;
  private final Supplier<T> work;
  private final Supplier<T> late;
  private final Consumer<T> unwanted;
  private final CompletableFuture<T> result = new CompletableFuture<>();

  private PoolWork(String what, Supplier<T> work, Supplier<T> late, Consumer<T> unwanted) {
    this.what = what;
    this.work = work;
    this.late = late;
    this.unwanted = unwanted;
  }

  /**
   * Begins work on a pool.
   *
   * @param what it is about, for the operator: the path of a request or of a file
   * @param late what the result is when the work is given up
   * @param unwanted told of a result that came after that
   * @throws RejectedExecutionException when the pool refuses it
   */
  public static <T> CompletableFuture<T> begin(
      Executor pool, String what, Supplier<T> work, Supplier<T> late, Consumer<T> unwanted) {
    PoolWork<T> begun = new PoolWork<>(what, work, late, unwanted);
    pool.execute(begun);
    return begun.result;
  }

  @Override
  public void run() {
    if (result.isDone()) {
      return;
    }
    T value;
    try {
      value = work.get();
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
      return;
    }
    if (!result.complete(value)) {
      unwanted.accept(value);
    }
  }

  /** No longer waits for the work, which may go on. */
  public void giveUp() {
    if (!result.isDone()) {
      result.complete(late.get());
    }
  }

  /** What it is about. */
  @Override
  public String toString() {
    return what;
  }
}
