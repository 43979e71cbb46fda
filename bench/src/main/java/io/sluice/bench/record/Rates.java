package io.sluice.bench.record;

import org.HdrHistogram.Histogram;

/** A distribution of transfer rates, kept to three digits. Safe for use by several threads. */
public final class Rates {
  /** Rates are kept in KB/s: a modem's is still a number. */
  private static final double UNIT_BYTES = 1_000;

  private final Histogram histogram = new Histogram(3);

  /**
   * A summary in bytes a second.
   *
   * @param count of transfers; with 0 the others are 0
   * @param slowest the lowest rate
   * @param p10 nine in ten were at least this fast
   * @param p50 half were at least this fast
   * @param fastest the highest rate
   */
  public record Summary(long count, double slowest, double p10, double p50, double fastest) {}

  /** Adds the rate of one transfer. */
  public synchronized void record(double bytesPerSecond) {
    histogram.recordValue(Math.round(bytesPerSecond / UNIT_BYTES));
  }

  /** Adds all of another distribution. */
  public void add(Rates other) {
    Histogram copy;
    synchronized (other) {
      copy = other.histogram.copy();
    }
    synchronized (this) {
      histogram.add(copy);
    }
  }

  /** The distribution as it is now. */
  public synchronized Summary summary() {
    return histogram.getTotalCount() == 0
        ? new Summary(0, 0, 0, 0, 0)
        : new Summary(
            histogram.getTotalCount(),
            histogram.getMinValue() * UNIT_BYTES,
            histogram.getValueAtPercentile(10) * UNIT_BYTES,
            histogram.getValueAtPercentile(50) * UNIT_BYTES,
            histogram.getMaxValue() * UNIT_BYTES);
  }
}
