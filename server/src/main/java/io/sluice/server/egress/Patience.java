package io.sluice.server.egress;

import java.util.concurrent.TimeUnit;

/**
 * Finds out whether it is worth while that machines with many connections wait for one with few
 * that is away. Where all of them share a link or a processor, what the one leaves is what the
 * other takes: then a loop that waits sends no less. Where a client is slow by itself, waiting for
 * it is in vain. From the server both look alike, so when waiting takes much of the time it is
 * stopped for a moment, and the loop sees whether it sends more. Used on one loop only.
 */
final class Patience {
  /** What happens in shorter times is chance. */
  private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** After a change sockets fill, or become empty; that says nothing. */
  private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Waiting that takes less of the time than this cannot cost more. */
  private static final double CHEAP = 0.4;

  /** Waiting is in vain when less than this part is sent of what would be sent without it. */
  private static final double WORTHWHILE = 0.7;

  /** What was found out is not doubted for so long, twice as long each time. */
  private static final long LEAST_SURE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long MOST_SURE_NANOS = TimeUnit.SECONDS.toNanos(24);

  private boolean worthwhile = true;
  private boolean comparing;
  private double otherRate;
  private boolean settled;
  private long begun;
  private long bytes;
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

  /** So many bytes were sent. */
  void sent(long more, long now) {
    bytes += more;
    long nanos = now - begun;
    if (nanos < (settled ? WINDOW_NANOS : SETTLING_NANOS)) {
      return;
    }
    boolean known = settled;
    settled = true;
    if (known) {
      conclude((double) bytes / nanos, (double) idleNanos / nanos, now);
    }
    begun = now;
    bytes = 0;
    idleNanos = 0;
  }

  private void conclude(double rate, double idle, long now) {
    if (comparing) {
      double waiting = worthwhile ? rate : otherRate;
      double notWaiting = worthwhile ? otherRate : rate;
      comparing = false;
      sureUntil = now + sureNanos;
      sureNanos = Math.min(MOST_SURE_NANOS, 2 * sureNanos);
      turnTo(waiting >= WORTHWHILE * notWaiting);
    } else if (now - sureUntil >= 0 && (idle >= CHEAP || !worthwhile)) {
      comparing = true;
      otherRate = rate;
      turnTo(!worthwhile);
    }
  }

  private void turnTo(boolean wait) {
    settled = wait == worthwhile;
    worthwhile = wait;
  }
}
