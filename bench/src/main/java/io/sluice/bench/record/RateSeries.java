package io.sluice.bench.record;

import java.util.ArrayList;
import java.util.List;

/**
 * Bytes over time in equal steps. When there are more steps than a chart can show, each two become
 * one.
 */
public final class RateSeries {
  private static final int MAX_STEPS = 600;

  private long stepMillis;
  private final List<Long> bytes = new ArrayList<>();
  private long pending;
  private int pendingSteps;
  private int stepsPerEntry = 1;
  private long last;

  /**
   * An empty series.
   *
   * @param stepMillis how often {@link #sample} is called
   */
  public RateSeries(long stepMillis) {
    this.stepMillis = stepMillis;
  }

  /** Takes the total of all bytes until now. */
  public void sample(long total) {
    pending += total - last;
    last = total;
    pendingSteps++;
    if (pendingSteps == stepsPerEntry) {
      bytes.add(pending);
      pending = 0;
      pendingSteps = 0;
      if (bytes.size() >= MAX_STEPS) {
        halve();
      }
    }
  }

  private void halve() {
    List<Long> pairs = new ArrayList<>();
    for (int i = 0; i + 1 < bytes.size(); i += 2) {
      pairs.add(bytes.get(i) + bytes.get(i + 1));
    }
    bytes.clear();
    bytes.addAll(pairs);
    stepsPerEntry *= 2;
    stepMillis *= 2;
  }

  /** The series as it is now. */
  public Snapshot snapshot() {
    return new Snapshot(stepMillis, List.copyOf(bytes));
  }

  /**
   * Bytes over time.
   *
   * @param stepMillis the length of a step
   * @param bytes that came in each step
   */
  public record Snapshot(long stepMillis, List<Long> bytes) {}
}
