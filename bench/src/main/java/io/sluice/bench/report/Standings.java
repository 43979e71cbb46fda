package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The rankings of a number of machines. Who failed is not ranked. */
final class Standings {
  /** The measure of bytes a second. */
  static final String THROUGHPUT = "throughput, bytes/s";

  /** The measure of the probes' tail. */
  static final String PROBE_P99 = "probe p99, ms";

  private Standings() {}

  static List<Report.Standing> of(
      int machines, List<Report.Result> results, @Nullable String baseline) {
    List<Report.Standing> standings = new ArrayList<>();
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    Map<String, List<Double>> tails = new LinkedHashMap<>();
    for (Report.Result result : results) {
      if (result.bytesPerSecond().median() > 0 && !failedAny(result)) {
        rates.put(result.target(), rounds(result, Report.Round::bytesPerSecond));
      }
      if (result.probeP99Millis().median() > 0 && result.probe().failures().isEmpty()) {
        tails.put(result.target(), rounds(result, Report.Round::probeP99Millis));
      }
    }
    add(standings, machines, THROUGHPUT, Ranking.rank(rates, Ranking.THROUGHPUT, baseline));
    add(standings, machines, PROBE_P99, Ranking.rank(tails, Ranking.TAIL, baseline));
    return standings;
  }

  /** What was measured of one target in each round; a round in which nothing was is left out. */
  private static List<Double> rounds(Report.Result result, ToDoubleFunction<Report.Round> measure) {
    return result.rounds().stream()
        .map(round -> measure.applyAsDouble(round))
        .filter(value -> value > 0)
        .toList();
  }

  /** Whether any request of a machine failed. */
  static boolean failedAny(Report.Result result) {
    return result.stages().stream().anyMatch(stage -> stage.failed() > 0);
  }

  private static void add(
      List<Report.Standing> standings,
      int machines,
      String measure,
      List<Report.Standing.Row> rows) {
    if (!rows.isEmpty()) {
      standings.add(new Report.Standing(machines, measure, rows));
    }
  }
}
