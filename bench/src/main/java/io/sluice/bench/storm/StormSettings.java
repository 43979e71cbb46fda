package io.sluice.bench.storm;

import io.sluice.bench.arrivals.Arrivals;
import io.sluice.bench.machine.BootSequence;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.Habits;
import io.sluice.bench.machine.PathTemplate;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is the same in every turn of a run.
 *
 * @param sequence what each machine asks for
 * @param arrivals when machines are switched on
 * @param duration how long machines boot again and again, or zero: each boots once
 * @param retries whether machines come back after 503 with {@code Retry-After}
 * @param vanish the share of machines that disappear half-way, 0 to 1
 * @param vanishing how they do
 * @param probe what probes ask for, or null for none
 * @param probesPerSecond 0 for none
 * @param lengths what a stage's body must be long, where known
 * @param digests SHA-256 of a stage's body, where known
 * @param serverHistograms stage label to the server's histogram that shows it
 * @param seed of everything random
 */
public record StormSettings(
    BootSequence sequence,
    Arrivals arrivals,
    Duration duration,
    boolean retries,
    double vanish,
    Habits.Vanishing vanishing,
    @Nullable PathTemplate probe,
    double probesPerSecond,
    Map<BootStage, Long> lengths,
    Map<BootStage, String> digests,
    Map<String, String> serverHistograms,
    long seed) {

  /** How many times the probes of a turn there are in one to warm up with. */
  private static final int WARM_UP_PROBES = 10;

  /**
   * The settings of a storm to warm up with. It has more probes, so that the code which sends and
   * times them is compiled when it counts: of a few hundred, the first took half as long again.
   */
  public StormSettings warmingUp(Duration length) {
    return new StormSettings(
        sequence,
        arrivals,
        length,
        retries,
        vanish,
        vanishing,
        probe,
        WARM_UP_PROBES * probesPerSecond,
        lengths,
        digests,
        serverHistograms,
        seed);
  }
}
