package io.sluice.server.keyed;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Allows something at most once a period for each key, so that repetition fills no log. */
public final class RateLimit<K> {
  private final Clock clock;
  private final Duration period;
  private final LruCache<K, Instant> allowed;

  /**
   * Has allowed nothing yet.
   *
   * @param mostKeys how many keys are remembered, at least 1; a key that was forgotten counts as
   *     new
   */
  public RateLimit(Clock clock, Duration period, int mostKeys) {
    this.clock = clock;
    this.period = period;
    this.allowed = new LruCache<>(mostKeys);
  }

  /** Whether the key was not allowed within the period before now; if so, it is allowed now. */
  public synchronized boolean tryAcquire(K key) {
    Instant now = clock.instant();
    if (allowed.find(key).filter(before -> now.isBefore(before.plus(period))).isPresent()) {
      return false;
    }
    allowed.put(key, now);
    return true;
  }
}
