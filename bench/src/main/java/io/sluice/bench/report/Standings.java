package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rankings of a number of machines. A target that failed is not ranked. */
final class Standings {
  private Standings() {}

  static List<Report.Standing> of(
      int machines, List<Report.Result> results, @Nullable String baseline) {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    Map<String, List<Double>> tails = new LinkedHashMap<>();
    for (Report.Result result : results) {
      if (result.bytesPerSecond().median() > 0 && !failedAny(result)) {
        rates.put(result.target(), Measure.THROUGHPUT.rounds(result));
      }
      if (result.probeP99Millis().median() > 0 && result.probe().failures().isEmpty()) {
        tails.put(result.target(), Measure.PROBE_P99.rounds(result));
      }
    }
    List<Report.Standing> standings = new ArrayList<>();
    add(standings, machines, Measure.THROUGHPUT, rates, baseline);
    add(standings, machines, Measure.PROBE_P99, tails, baseline);
    return standings;
  }

  /** Whether any request of a machine failed. */
  static boolean failedAny(Report.Result result) {
    return result.stages().stream().anyMatch(stage -> stage.failed() > 0);
  }

  private static void add(
      List<Report.Standing> standings,
      int machines,
      Measure measure,
      Map<String, List<Double>> rounds,
      @Nullable String baseline) {
    if (!rounds.isEmpty()) {
      standings.add(
          new Report.Standing(machines, measure.label(), Ranking.rank(rounds, measure, baseline)));
    }
  }
}
