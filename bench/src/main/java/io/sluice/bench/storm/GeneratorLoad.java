package io.sluice.bench.storm;

import io.sluice.bench.client.LoopClock;
import java.util.List;

/**
 * How much of its time the generator was busy, and so whether it was what was measured.
 *
 * @param busiestLoop the share of the turn the busiest of the machines' event loops ran on a CPU
 * @param waiting the share of the turn that loop was ready to run and had no CPU
 * @param probeLoop the share of the turn the probes' event loop ran or waited for a CPU
 * @param cpus how many CPUs the machines' loops used together
 */
public record GeneratorLoad(double busiestLoop, double waiting, double probeLoop, double cpus) {
  /** The share of time from which on a loop counts as saturated. */
  private static final double SATURATED = 0.9;

  /** Milliseconds: a tenth of what the quicker servers take under a storm. */
  private static final double LATE_MILLIS = 1;

  /** Computes the load between two moments. */
  static GeneratorLoad between(
      List<LoopClock> before, List<LoopClock> after, LoopClock probeBefore, LoopClock probeAfter) {
    double busiest = 0;
    double waiting = 0;
    double sum = 0;
    for (int i = 0; i < before.size(); i++) {
      double wall = after.get(i).atNanos() - before.get(i).atNanos();
      double run = (after.get(i).runNanos() - before.get(i).runNanos()) / wall;
      double wait = (after.get(i).waitNanos() - before.get(i).waitNanos()) / wall;
      sum += run;
      if (run + wait >= busiest + waiting) {
        busiest = run;
        waiting = wait;
      }
    }
    double probeWall = probeAfter.atNanos() - probeBefore.atNanos();
    double probe =
        (probeAfter.runNanos()
                - probeBefore.runNanos()
                + probeAfter.waitNanos()
                - probeBefore.waitNanos())
            / probeWall;
    return new GeneratorLoad(busiest, waiting, probe, sum);
  }

  /** Whether the busiest loop had next to no idle time: a faster server would not be seen. */
  public boolean saturated() {
    return busiestLoop + waiting >= SATURATED;
  }

  /**
   * Whether probes left so late that it is part of what they measure.
   *
   * @param lagP99Millis how late 99 in 100 probes were sent at most
   */
  public static boolean late(double lagP99Millis) {
    return lagP99Millis >= LATE_MILLIS;
  }
}
