package io.sluice.server.egress;

import java.util.concurrent.TimeUnit;

/**
 * Finds out whether it is worth while that machines with many connections wait for one with few
 * that is away. Where all of them share a link or a processor, what the one leaves is what the
 * other takes, and waiting lets it have more. Where a client is slow by itself, waiting for it is
 * in vain. From the server both look alike, so when waiting takes some of the time it is stopped
 * for a moment, and the loop sees what either side gets by it. Used on one loop only.
 */
final class Patience {
  /** What happens in shorter times is chance. */
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** After a change sockets fill, or become empty; that says nothing. */
  private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Waiting that takes less of the time than this cannot cost more. */
  private static final double CHEAP = 0.1;

  /** Waiting is in vain when those who are awaited gain less than a tenth of what others lose. */
  private static final double WORTHWHILE = 0.1;

  /** What was found out is not doubted for so long, twice as long each time. */
  private static final long LEAST_SURE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long MOST_SURE_NANOS = TimeUnit.SECONDS.toNanos(24);

  private boolean worthwhile = true;
  private boolean comparing;
  private double otherAwaitedRate;
  private double otherHeldBackRate;
  private boolean settled;
  private long begun;
  private long awaitedBytes;
  private long heldBackBytes;
  private long idleNanos;
  private long sureUntil;
  private long sureNanos = LEAST_SURE_NANOS;

  /** One that takes waiting for worth while until it knows better. */
  Patience(long now) {
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
          (double) awaitedBytes / nanos,
          (double) heldBackBytes / nanos,
          (double) idleNanos / nanos,
          now);
    }
    begun = now;
    awaitedBytes = 0;
    heldBackBytes = 0;
    idleNanos = 0;
  }

  private void conclude(double awaitedRate, double heldBackRate, double idle, long now) {
    if (comparing) {
      double sign = worthwhile ? 1 : -1;
      double gained = sign * (awaitedRate - otherAwaitedRate);
      double lost = sign * (otherHeldBackRate - heldBackRate);
      comparing = false;
      sureUntil = now + sureNanos;
      sureNanos = Math.min(MOST_SURE_NANOS, 2 * sureNanos);
      turnTo(gained >= WORTHWHILE * lost);
    } else if (now - sureUntil >= 0 && (idle >= CHEAP || !worthwhile)) {
      comparing = true;
      otherAwaitedRate = awaitedRate;
      otherHeldBackRate = heldBackRate;
      turnTo(!worthwhile);
    }
  }

  private void turnTo(boolean wait) {
    settled = wait == worthwhile;
    worthwhile = wait;
  }
}
