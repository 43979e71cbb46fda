package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who is ahead of whom, and who cannot be told apart. */
final class Ranking {
  /** Medians of one server's throughput differ by up to this share of the larger between runs. */
  private static final double SAME_RATE = 0.10;

  /** Tails are wilder: a p99 of a few hundred probes hangs on the slowest handful of them. */
  private static final double SAME_TAIL = 0.33;

  private Ranking() {}

  /**
   * Ranks targets by their medians. One whose median is close to that of its group's leader, or
   * whose rounds overlap with the leader's, shares the leader's rank.
   *
   * @param values by target
   * @param higherIsBetter throughput is, latency is not
   * @param baseline whose median ratios are to, or null
   */
  static List<Report.Standing.Row> rank(
      Map<String, Report.Spread> values, boolean higherIsBetter, @Nullable String baseline) {
    Comparator<Map.Entry<String, Report.Spread>> order =
        Comparator.comparingDouble(entry -> entry.getValue().median());
    List<Map.Entry<String, Report.Spread>> sorted = new ArrayList<>(values.entrySet());
    sorted.sort(higherIsBetter ? order.reversed() : order);
    Report.Spread base = baseline == null ? null : values.get(baseline);
    List<Report.Standing.Row> rows = new ArrayList<>();
    Report.Spread leader = null;
    int rank = 0;
    for (Map.Entry<String, Report.Spread> entry : sorted) {
      if (leader == null
          || !same(leader, entry.getValue(), higherIsBetter ? SAME_RATE : SAME_TAIL)) {
        leader = entry.getValue();
        rank = rows.size() + 1;
      }
      rows.add(
          new Report.Standing.Row(
              rank, entry.getKey(), entry.getValue(), ratio(entry.getValue(), base)));
    }
    return List.copyOf(rows);
  }

  static boolean same(Report.Spread a, Report.Spread b, double tolerance) {
    double larger = Math.max(a.median(), b.median());
    boolean close = Math.abs(a.median() - b.median()) <= tolerance * larger;
    boolean overlap = a.min() <= b.max() && b.min() <= a.max();
    return close || overlap;
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
