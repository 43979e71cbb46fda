package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which targets are better than which, and which cannot be told apart. */
final class Ranking {
  private Ranking() {}

  /**
   * Ranks targets. The first are those that no target is clearly better than, the second those that
   * only the first are clearly better than, and so on: targets that cannot be told apart share a
   * rank, and chance between two of them moves no other target.
   *
   * @param rounds by target, in the order they were measured, each at least one
   * @param baseline whose median ratios are to, or null
   */
  static List<Report.Standing.Row> rank(
      Map<String, List<Double>> rounds, Measure measure, @Nullable String baseline) {
    List<Double> base = baseline == null ? null : rounds.get(baseline);
    Report.Spread baseSpread = base == null ? null : spread(base);
    List<Report.Standing.Row> rows = new ArrayList<>();
    rounds.forEach(
        (target, values) -> {
          Report.Spread spread = spread(values);
          int rank = rankOf(values, rounds, measure);
          rows.add(new Report.Standing.Row(rank, target, spread, ratio(spread, baseSpread)));
        });
    rows.sort(
        Comparator.comparingInt(Report.Standing.Row::rank)
            .thenComparing(row -> row.value().median(), measure.betterFirst()));
    return List.copyOf(rows);
  }

  private static int rankOf(
      List<Double> values, Map<String, List<Double>> rounds, Measure measure) {
    return 1
        + rounds.values().stream()
            .filter(other -> measure.isClearlyBetter(other, values))
            .mapToInt(better -> rankOf(better, rounds, measure))
            .max()
            .orElse(0);
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
