package io.sluice.server.derive;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.DiskSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Derived files, each made once however many ask for it. A failure is told to those who wait and
 * then forgotten, so that who asks next tries again.
 */
public final class Conversions {
  private final DerivedCache cache;
  private final ConversionLedger ledger;
  private final Executor makers;
  private final Executor cleaners;
  private final Duration grace;
  private final ConcurrentMap<CacheKey, Production> running = new ConcurrentHashMap<>();
  private final Production.Surroundings surroundings = new Here();

  /** A derived file. */
  public sealed interface Derived {
    /**
     * It is there.
     *
     * @param lease to be given back
     */
    record Finished(Lease lease) implements Derived {}

    /**
     * It is being made.
     *
     * @param copy to be given back
     */
    record Growing(GrowingCopy copy) implements Derived {}
  }

  /**
   * Nothing is being made yet.
   *
   * @param makers each task takes one of its threads for as long as it takes to make a file; may
   *     refuse tasks
   * @param cleaners runs short tasks that block
   * @param grace how long a file is made further when the last of those who wait has gone
   */
  public Conversions(
      DerivedCache cache,
      ConversionLedger ledger,
      Executor makers,
      Executor cleaners,
      Duration grace) {
    this.cache = cache;
    this.ledger = ledger;
    this.makers = makers;
    this.cleaners = cleaners;
    this.grace = grace;
  }

  /**
   * A derived file: from the cache, as one of those who wait for it, or as the first of them.
   * Blocks on the file system.
   *
   * @param name of the image, for people
   * @param source what it is made from if it has to be made; closed when it is no longer needed
   * @throws RejectedExecutionException when too much is being made already
   */
  public Derived obtain(CacheKey key, String name, DiskSource source, Recipe recipe) {
    Request request = new Request();
    running.compute(
        key,
        (same, current) -> {
          Optional<GrowingCopy> joined = current == null ? Optional.empty() : current.join();
          if (joined.isPresent()) {
            request.derived = new Derived.Growing(joined.get());
            return current;
          }
          Optional<Lease> lease = cache.find(key);
          if (lease.isPresent()) {
            request.derived = new Derived.Finished(lease.get());
            return null;
          }
          Production begun = new Production(key, name, source, recipe, surroundings, grace);
          request.begun = begun;
          request.derived = new Derived.Growing(begun.join().orElseThrow());
          return begun;
        });
    if (request.begun == null) {
      source.close();
    } else {
      begin(request.begun);
    }
    return request.result();
  }

  /** A finished file, if it is there. */
  public Optional<Lease> find(CacheKey key) {
    return cache.find(key);
  }

  /** How large a finished file is, if it is there. */
  public OptionalLong sizeOf(CacheKey key) {
    return cache.sizeOf(key);
  }

  private void begin(Production production) {
    try {
      makers.execute(production);
    } catch (RejectedExecutionException full) {
      production.refuse(full);
      throw full;
    }
  }

  /** What comes out of the one look at the map. */
  private static final class Request {
    private @Nullable Production begun;
    private @Nullable Derived derived;

    Derived result() {
      if (derived == null) {
        throw new IllegalStateException("derived file: none (expected: one)");
      }
      return derived;
    }
  }

  private final class Here implements Production.Surroundings {
    @Override
    public Draft draft(CacheKey key) throws IOException {
      return cache.draft(key);
    }

    @Override
    public ConversionLedger.Ticket begin(DerivedFormat form, String name) {
      return ledger.begin(form, name);
    }

    @Override
    public void ended(CacheKey key, Production production) {
      running.remove(key, production);
    }

    @Override
    public void later(Runnable task) {
      try {
        cleaners.execute(task);
      } catch (RejectedExecutionException full) {
        // Late is worse than here: the room is given back with the file.
        task.run();
      }
    }
  }
}
