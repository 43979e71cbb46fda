package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who is ahead of whom, and who cannot be told apart. */
final class Ranking {
  /** Medians of one server's throughput differ by up to this share of the larger between runs. */
  private static final double SAME_RATE = 0.15;

  /** Tails are wilder: a p99 of a few hundred probes hangs on the slowest handful of them. */
  private static final double SAME_TAIL = 0.33;

  private Ranking() {}

  /**
   * Ranks targets. The first are those nobody is clearly better than, the second those only the
   * first are clearly better than, and so on: targets that cannot be told apart share a rank, and
   * chance between two of them moves nobody else.
   *
   * @param values by target
   * @param higherIsBetter throughput is, latency is not
   * @param baseline whose median ratios are to, or null
   */
  static List<Report.Standing.Row> rank(
      Map<String, Report.Spread> values, boolean higherIsBetter, @Nullable String baseline) {
    Report.Spread base = baseline == null ? null : values.get(baseline);
    List<Report.Standing.Row> rows = new ArrayList<>();
    values.forEach(
        (target, spread) ->
            rows.add(
                new Report.Standing.Row(
                    rankOf(spread, values, higherIsBetter), target, spread, ratio(spread, base))));
    Comparator<Report.Standing.Row> byMedian =
        Comparator.comparingDouble(row -> row.value().median());
    rows.sort(
        Comparator.comparingInt(Report.Standing.Row::rank)
            .thenComparing(higherIsBetter ? byMedian.reversed() : byMedian));
    return List.copyOf(rows);
  }

  private static int rankOf(
      Report.Spread spread, Map<String, Report.Spread> values, boolean higherIsBetter) {
    return 1
        + values.values().stream()
            .filter(other -> isClearlyBetter(other, spread, higherIsBetter))
            .mapToInt(better -> rankOf(better, values, higherIsBetter))
            .max()
            .orElse(0);
  }

  /** Whether every round of one is better than every round of the other, and by enough. */
  static boolean isClearlyBetter(Report.Spread a, Report.Spread b, boolean higherIsBetter) {
    return higherIsBetter
        ? a.min() > b.max() && b.median() <= a.median() * (1 - SAME_RATE)
        : a.max() < b.min() && a.median() <= b.median() * (1 - SAME_TAIL);
  }

  static @Nullable Double ratio(Report.Spread value, Report.@Nullable Spread base) {
    return base == null || base.median() == 0 ? null : value.median() / base.median();
  }

  /** Median, smallest and largest; all 0 for nothing. */
  static Report.Spread spread(List<Double> values) {
    if (values.isEmpty()) {
      return new Report.Spread(0, 0, 0);
    }
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return new Report.Spread(median, sorted.get(0), sorted.get(sorted.size() - 1));
  }
}
