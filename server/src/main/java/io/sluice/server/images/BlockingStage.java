package io.sluice.server.images;

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

  /** Begins on a pool; failed with what the work throws, or when the pool refuses it. */
  default CompletableFuture<T> on(Executor pool) {
    try {
      return CompletableFuture.supplyAsync(
              () -> {
                try {
                  return begin();
                } catch (IOException e) {
                  return CompletableFuture.<T>failedFuture(e);
                }
              },
              pool)
          .thenCompose(Function.identity());
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(full);
    }
  }
}
