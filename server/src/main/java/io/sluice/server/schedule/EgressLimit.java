package io.sluice.server.schedule;

import io.sluice.server.transfer.TransferPump;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes a second that all bulk loops may send together. Each loop paces itself at its share,
 * which follows the number of machines that wait for a turn there: so every machine gets the same,
 * whichever loop it is on, and what one cannot use the others get. Shares that were reckoned at
 * different moments may add up to more than one, so what all loops have sent is counted as well.
 */
final class EgressLimit {
  /** A loop that comes late to its turn makes up for as much, not for more. */
  private static final long MOST_CATCHING_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * A turn takes about this part of a second at most, so that a low limit is no series of jolts.
   */
  private static final int TURNS_A_SECOND = 200;

  private static final int LEAST_TURN_BYTES = 4096;

  private final long bytesPerSecond;
  private final AtomicInteger machines = new AtomicInteger();
  private final AtomicLong sentUntil = new AtomicLong(Long.MIN_VALUE);

  /**
   * A limit for one server.
   *
   * @param bytesPerSecond at least 1, or 0 for none
   */
  EgressLimit(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  boolean isNone() {
    return bytesPerSecond == 0;
  }

  /** Some more machines (or, when negative, fewer) wait for turns. */
  void waiting(int more) {
    machines.addAndGet(more);
  }

  /** How many bytes a turn under this limit may have. */
  int turnBytes() {
    return (int)
        Math.min(
            TransferPump.TURN_BYTES, Math.max(LEAST_TURN_BYTES, bytesPerSecond / TURNS_A_SECOND));
  }

  /**
   * The part of the limit that belongs to a loop.
   *
   * @param machinesHere machines that wait on the loop and were counted, at least 1
   */
  double share(int machinesHere) {
    return (double) machinesHere / Math.max(machinesHere, machines.get());
  }

  /**
   * When a loop that has just sent something may send again.
   *
   * @param mayRunAt when it might send this
   * @param now the clock that all loops have in common, in nanoseconds
   * @param share what belongs to the loop, the machine that was sent something among those counted
   */
  long nextTurnAt(long mayRunAt, long now, long bytes, double share) {
    double nanos = (double) bytes * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
    long earliest = now - MOST_CATCHING_UP_NANOS;
    long all = sentUntil.updateAndGet(until -> Math.max(until, earliest) + (long) nanos);
    return Math.max(all, Math.max(mayRunAt, earliest) + (long) (nanos / share));
  }
}
