package io.sluice.bench.record;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** A distribution of times, kept to three digits. Safe for use by several threads. */
public final class Latencies {
  /** Times are kept in steps of a microsecond: finer is below what loopback can show. */
  private static final long UNIT_NANOS = 1_000;

  private static final int DIGITS = 3;
  private static final double NANOS_PER_MILLI = 1e6;

  /** How finely the curve is drawn: points for each halving of the distance to 100 %. */
  private static final int CURVE_POINTS_PER_HALVING = 4;

  private final Histogram histogram = new Histogram(UNIT_NANOS, 2 * UNIT_NANOS, DIGITS);

  /** An empty distribution. */
  public Latencies() {
    histogram.setAutoResize(true);
  }

  /** Adds one time. */
  public synchronized void record(long nanos) {
    histogram.recordValue(Math.max(0, nanos));
  }

  /** Adds all of another distribution. */
  public void add(Latencies other) {
    Histogram copy = other.copy();
    synchronized (this) {
      histogram.add(copy);
    }
  }

  private synchronized Histogram copy() {
    return histogram.copy();
  }

  /** The distribution as it is now. */
  public synchronized Distribution distribution() {
    if (histogram.getTotalCount() == 0) {
      return Distribution.EMPTY;
    }
    List<Distribution.Point> curve = new ArrayList<>();
    for (HistogramIterationValue value : histogram.percentiles(CURVE_POINTS_PER_HALVING)) {
      curve.add(
          new Distribution.Point(
              value.getPercentileLevelIteratedTo(), value.getValueIteratedTo() / NANOS_PER_MILLI));
    }
    return new Distribution(
        histogram.getTotalCount(),
        histogram.getMean() / NANOS_PER_MILLI,
        millisAt(50),
        millisAt(90),
        millisAt(99),
        millisAt(99.9),
        histogram.getMaxValue() / NANOS_PER_MILLI,
        curve);
  }

  private double millisAt(double percentile) {
    return histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }
}
