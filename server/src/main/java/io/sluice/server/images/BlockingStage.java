package io.sluice.server.images;

import io.sluice.server.http.Reply;
import io.sluice.server.keyed.OverdueException;
import io.sluice.server.keyed.PoolWork;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/** Work that blocks before it has a stage to wait for. */
@FunctionalInterface
interface BlockingStage<T> {
  /** Blocks, and returns what follows. */
  CompletionStage<T> begin() throws IOException;

  /** Nobody waits for a result any more. */
  private static void giveBack(Object unwanted) {
    if (unwanted instanceof Reply reply) {
      reply.discard();
    }
  }

  /**
   * Begins on a pool; failed with what the work throws, or when the pool refuses it or gives it up.
   *
   * @param what the work is about, for the operator
   */
  default CompletableFuture<T> on(Executor pool, String what) {
    try {
      return PoolWork.<CompletionStage<T>>begin(
              pool,
              what,
              () -> {
                try {
                  return begin();
                } catch (IOException e) {
                  return CompletableFuture.<T>failedFuture(e);
                }
              },
              () -> CompletableFuture.failedFuture(new OverdueException(what)),
              late -> late.thenAccept(BlockingStage::giveBack))
          .thenCompose(Function.identity());
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(full);
    }
  }
}
