package io.sluice.bench.probe;

/**
 * When each probe is due: at equal distances, however late the ones before were answered.
 *
 * @param startNanos when the first is due
 * @param perSecond more than 0
 */
public record ProbeSchedule(long startNanos, double perSecond) {
  /** When the n-th probe is due, n from 0. */
  public long dueNanos(long n) {
    return startNanos + Math.round(n * 1e9 / perSecond);
  }
}
