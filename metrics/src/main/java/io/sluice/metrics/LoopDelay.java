package io.sluice.metrics;

import io.netty.util.concurrent.EventExecutor;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Measures how late one event loop runs a task. Each tick schedules the next, so that a loop that
 * was stuck is measured once and not once per missed tick; the last tick dies with the loop.
 */
final class LoopDelay implements Runnable {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double NANOS_PER_SECOND = 1e9;

  private final EventExecutor loop;
  private final DistributionDataPoint seconds;
  private volatile long dueNanos;

  LoopDelay(EventExecutor loop, DistributionDataPoint seconds) {
    this.loop = loop;
    this.seconds = seconds;
  }

  void start() {
    if (loop.isShuttingDown()) {
      return;
    }
    dueNanos = System.nanoTime() + PERIOD_NANOS;
    try {
      var unused = loop.schedule(this, PERIOD_NANOS, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException ignored) {
      // The loop shut down since it was asked.
    }
  }

  @Override
  public void run() {
    seconds.observe(Math.max(0, System.nanoTime() - dueNanos) / NANOS_PER_SECOND);
    start();
  }
}
