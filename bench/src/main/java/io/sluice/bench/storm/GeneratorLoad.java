package io.sluice.bench.storm;

import io.sluice.bench.client.LoopClock;
import java.util.ArrayList;
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
  /** From here on a loop has next to no idle time, and a faster server would not be seen. */
  private static final double SATURATED = 0.9;

  /** Probes sent this late, in milliseconds, are part of what they measure. */
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

  /**
   * What the generator has to say against its own figures.
   *
   * @param probeLagP99Millis how late 99 in 100 probes were sent at most
   */
  public List<String> warnings(double probeLagP99Millis) {
    List<String> warnings = new ArrayList<>();
    if (busiestLoop + waiting >= SATURATED) {
      warnings.add(
          String.format(
              "the generator was the bottleneck: its busiest loop ran %.0f %% of the time and"
                  + " waited %.0f %% for a CPU; throughput is a lower bound",
              100 * busiestLoop, 100 * waiting));
    }
    if (probeLagP99Millis >= LATE_MILLIS) {
      warnings.add(
          String.format(
              "the generator sent its probes late: p99 %.1f ms after they were due, and that is"
                  + " part of their latency",
              probeLagP99Millis));
    }
    return warnings;
  }
}
