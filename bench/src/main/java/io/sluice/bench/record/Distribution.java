package io.sluice.bench.record;

import java.util.List;

/**
 * A distribution of times in milliseconds.
 *
 * @param count how many were recorded; with 0 the others are 0
 * @param mean the arithmetic mean
 * @param p50 half took at most this
 * @param p90 nine in ten took at most this
 * @param p99 99 in 100 took at most this
 * @param p999 999 in 1000 took at most this
 * @param max the longest
 * @param curve from low percentiles to high ones
 */
public record Distribution(
    long count,
    double mean,
    double p50,
    double p90,
    double p99,
    double p999,
    double max,
    List<Point> curve) {
  /** What is known when nothing was recorded. */
  public static final Distribution EMPTY = new Distribution(0, 0, 0, 0, 0, 0, 0, List.of());

  /** Takes a copy of the curve. */
  public Distribution {
    curve = List.copyOf(curve);
  }

  /**
   * One point of the curve.
   *
   * @param percentile 0 to 100
   * @param millis the time that share of all stayed at or below
   */
  public record Point(double percentile, double millis) {}
}
