package io.sluice.server.schedule;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether it is worth while that machines with many connections wait for one with few
 * that is away. Where all of them share a link or a processor, what the one leaves is what the
 * other takes, and waiting lets it have more. Where a client is slow by itself, waiting for it is
 * in vain. From the server both look alike, so when waiting takes some of the time it is stopped
 * for a moment, and the loop sees what either side gets by it. Used on one loop only.
 */
final class AnticipatoryWait {
  /** What happens in shorter times is chance. */
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** After a change sockets fill, or become empty; that says nothing. */
  private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Waiting that takes less of the time than this cannot cost more. */
  private static final double CHEAP = 0.1;

  /** Waiting is in vain when the awaited machines gain less than a tenth of what others lose. */
  private static final double WORTHWHILE = 0.1;

  /** What was found out is not doubted for so long, twice as long each time. */
  private static final long LEAST_SURE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long MOST_SURE_NANOS = TimeUnit.SECONDS.toNanos(24);

  private boolean worthwhile = true;

  /** What was measured before a trial and in it; null when there is none, or not that far. */
  private @Nullable Rates before;

  private @Nullable Rates trial;
  private boolean settled;
  private long begun;
  private long awaitedBytes;
  private long heldBackBytes;
  private long idleNanos;
  private long sureUntil;
  private long sureNanos = LEAST_SURE_NANOS;

  /** Bytes in a nanosecond, to machines that do not wait for others and to those that do. */
  private record Rates(double awaited, double heldBack) {}

  /** One that takes waiting for worth while until it knows better. */
  AnticipatoryWait(long now) {
    begun = now;
    sureUntil = now;
  }

  /** Whether to wait. */
  boolean isWorthwhile() {
    return worthwhile;
  }

  /** The loop did nothing for so long because it waited. */
  void idle(long nanos) {
    idleNanos += nanos;
  }

  /** So many bytes were sent, to a machine that waits for others or to one that does not. */
  void sent(long bytes, boolean heldBack, long now) {
    if (heldBack) {
      heldBackBytes += bytes;
    } else {
      awaitedBytes += bytes;
    }
    long nanos = now - begun;
    if (nanos < (settled ? WINDOW_NANOS : SETTLING_NANOS)) {
      return;
    }
    boolean known = settled;
    settled = true;
    if (known) {
      conclude(
          new Rates((double) awaitedBytes / nanos, (double) heldBackBytes / nanos),
          (double) idleNanos / nanos,
          now);
    }
    begun = now;
    awaitedBytes = 0;
    heldBackBytes = 0;
    idleNanos = 0;
  }

  private void conclude(Rates rates, double idle, long now) {
    if (trial != null && before != null) {
      // Connections come and go: what is to be believed for long is seen on both sides of a trial.
      boolean first = isWorthwhile(before, trial);
      if (first == isWorthwhile(rates, trial)) {
        sureUntil = now + sureNanos;
        sureNanos = Math.min(MOST_SURE_NANOS, 2 * sureNanos);
        turnTo(first);
      } else {
        sureUntil = now + LEAST_SURE_NANOS;
      }
      before = null;
      trial = null;
    } else if (before != null) {
      trial = rates;
      turnTo(!worthwhile);
    } else if (now - sureUntil >= 0 && (idle >= CHEAP || !worthwhile)) {
      before = rates;
      turnTo(!worthwhile);
    }
  }

  /** What two states say, of which one is as it is now and the other the opposite. */
  private boolean isWorthwhile(Rates asNow, Rates otherwise) {
    double sign = worthwhile ? 1 : -1;
    double gained = sign * (asNow.awaited - otherwise.awaited);
    double lost = sign * (otherwise.heldBack - asNow.heldBack);
    return gained >= WORTHWHILE * lost;
  }

  private void turnTo(boolean wait) {
    settled = wait == worthwhile;
    worthwhile = wait;
  }
}
