package io.sluice.server.egress;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The bytes a second that all bulk loops may send together. Each loop paces itself at its share,
 * which follows the number of machines that wait for a turn there: so every machine gets the same,
 * whichever loop it is on, and what one cannot use the others get.
 */
final class EgressLimit {
  private final double bytesPerNano;
  private final AtomicInteger machines = new AtomicInteger();

  /**
   * A limit for one server.
   *
   * @param bytesPerSecond at least 1, or 0 for none
   */
  EgressLimit(long bytesPerSecond) {
    bytesPerNano = (double) bytesPerSecond / TimeUnit.SECONDS.toNanos(1);
  }

  boolean isNone() {
    return bytesPerNano == 0;
  }

  /** Some more machines (or, when negative, fewer) wait for turns. */
  void waiting(int more) {
    machines.addAndGet(more);
  }

  /**
   * How long a loop has to wait after it has sent something.
   *
   * @param machinesHere machines that wait on the loop, the one that has just sent among them
   */
  long nanosFor(long bytes, int machinesHere) {
    double share = (double) machinesHere / Math.max(machinesHere, machines.get());
    return (long) (bytes / (bytesPerNano * share));
  }
}
