package io.sluice.server.fleet;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Whether what a server has in memory is certainly what the store says now. With a shared store
 * that holds for {@link #VALIDITY} after the beginning of the last look at it. A server that ends
 * an installation says so only when that time has gone by: by then every server has either seen it
 * or knows that it may have missed something, and hands out no install script.
 */
public final class Freshness {
  /** How long a look is good for. A server that reaches the store looks four times as often. */
  public static final Duration VALIDITY = Duration.ofSeconds(1);

  private final boolean shared;
  private final LongSupplier nanoClock;
  private volatile boolean loaded;
  private volatile long looked;
  private final AtomicLong doubts = new AtomicLong();
  private volatile long doubtsSettled;

  /**
   * A look that has begun.
   *
   * @param at what the clock said
   * @param doubts how many there had been
   */
  record Look(long at, long doubts) {}

  /**
   * Nothing has been looked at yet.
   *
   * @param shared whether others write to the store too
   */
  public Freshness(boolean shared, LongSupplier nanoClock) {
    this.shared = shared;
    this.nanoClock = nanoClock;
  }

  /** A look begins now. */
  Look begin() {
    return new Look(nanoClock.getAsLong(), doubts.get());
  }

  /** Everything that was there when a look began is in memory. */
  synchronized void lookedSince(Look look) {
    if (!loaded || look.at() - looked > 0) {
      looked = look.at();
    }
    doubtsSettled = Math.max(doubtsSettled, look.doubts());
    loaded = true;
  }

  /** It is not known whether a write has changed the store. */
  void doubt() {
    doubts.incrementAndGet();
  }

  /** Whether memory may lack what a client was told already. */
  boolean isLookDue() {
    return shared || !loaded || doubts.get() != doubtsSettled;
  }

  /** How long ago the last look began; empty when there was none. */
  Optional<Duration> sinceLook() {
    return loaded
        ? Optional.of(Duration.ofNanos(nanoClock.getAsLong() - looked))
        : Optional.empty();
  }

  /** Whether everything was in memory once. */
  boolean isLoaded() {
    return loaded;
  }

  /** Whether memory is certainly what the store says. */
  boolean isCurrent() {
    return loaded && (!shared || nanoClock.getAsLong() - looked < VALIDITY.toNanos());
  }

  /** Completes when no server hands out scripts any more that an earlier write has ended. */
  CompletionStage<Boolean> knownToAll() {
    CompletableFuture<Boolean> known = new CompletableFuture<>();
    return shared
        ? known.completeOnTimeout(true, VALIDITY.toNanos(), TimeUnit.NANOSECONDS)
        : CompletableFuture.completedFuture(true);
  }
}
