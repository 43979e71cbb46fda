package io.sluice.server.derive;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.keyed.SharedWork;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Derived files, each made once however many clients ask for it. */
public final class Conversions {
  private final Executor makers;
  private final Production.Means means;

  /** A derived file, to be closed by its reader. */
  public sealed interface Derived extends AutoCloseable {
    /** Completes when the file is complete, see {@link GrowingCopy#finished}. */
    CompletionStage<Void> finished();

    @Override
    void close();

    /** It is there. */
    record Finished(Lease lease) implements Derived {
      @Override
      public CompletionStage<Void> finished() {
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public void close() {
        lease.close();
      }
    }

    /** It is being made. */
    record Growing(GrowingCopy copy) implements Derived {
      @Override
      public CompletionStage<Void> finished() {
        return copy.finished();
      }

      @Override
      public void close() {
        copy.close();
      }
    }
  }

  /**
   * Nothing is being made yet.
   *
   * @param makers each task takes one of its threads for as long as it takes to make a file; may
   *     refuse tasks
   * @param cleaners runs short tasks that block
   * @param grace how long a file is made further when its last reader has gone
   */
  public Conversions(
      DerivedCache cache,
      ConversionLedger ledger,
      Executor makers,
      Executor cleaners,
      Duration grace) {
    this.makers = makers;
    this.means = new Production.Means(cache, ledger, cleaners, grace, new SharedWork<>());
  }

  /**
   * A derived file: from the cache, while it is made, or begun now. Blocks on the file system.
   *
   * @param name of the image, for people
   * @param source what it is made from if it has to be made; closed when it is no longer needed
   * @throws RejectedExecutionException when too much is being made already
   */
  public Derived obtain(CacheKey key, String name, DiskSource source, Recipe recipe) {
    SharedWork.Joined<Derived, Production> joined =
        means
            .running()
            .join(
                key,
                production -> production.reader().map(Derived.Growing::new),
                () -> find(key).map(Derived.Finished::new),
                () -> new Production(key, name, source, recipe, means));
    Production begun = joined.begun();
    if (begun == null) {
      source.close();
    } else {
      try {
        makers.execute(begun);
      } catch (RejectedExecutionException full) {
        begun.refuse(full);
        throw full;
      }
    }
    return joined.share();
  }

  /** A finished file, if it is there. */
  public Optional<Lease> find(CacheKey key) {
    return means.cache().find(key);
  }

  /** How large a finished file is, if it is there. */
  public OptionalLong sizeOf(CacheKey key) {
    return means.cache().sizeOf(key);
  }
}
