package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who is ahead of whom, and who cannot be told apart. */
final class Ranking {
  /**
   * By what a server must be quicker than another, as a share of that other. The machine may become
   * half as quick for some minutes, for all of them alike, so rounds are compared one by one.
   */
  private static final double QUICKER = 4 / 3.0;

  /**
   * How many times the tail of one server must be that of another. Tails hang on the slowest
   * handful of some hundred probes: those of one server differ by half from round to round.
   */
  private static final double LONGER = 2;

  private Ranking() {}

  /** What tells two targets apart, by their rounds. */
  interface Measure {
    /** Whether one is better than another, and not by chance. */
    boolean isClearlyBetter(List<Double> one, List<Double> other);

    /** The better of two medians comes first. */
    Comparator<Double> betterFirst();
  }

  /** More is better: every round is better than the same round of the other, and by enough. */
  static final Measure THROUGHPUT =
      new Measure() {
        @Override
        public boolean isClearlyBetter(List<Double> one, List<Double> other) {
          List<Double> ratios = new ArrayList<>();
          for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            ratios.add(one.get(i) / other.get(i));
          }
          Report.Spread spread = spread(ratios);
          return spread.min() > 1 && spread.median() >= QUICKER;
        }

        @Override
        public Comparator<Double> betterFirst() {
          return Comparator.reverseOrder();
        }
      };

  /** Less is better: every round is better than any round of the other, and by enough. */
  static final Measure TAIL =
      new Measure() {
        @Override
        public boolean isClearlyBetter(List<Double> one, List<Double> other) {
          Report.Spread better = spread(one);
          Report.Spread worse = spread(other);
          return better.max() < worse.min() && better.median() * LONGER <= worse.median();
        }

        @Override
        public Comparator<Double> betterFirst() {
          return Comparator.naturalOrder();
        }
      };

  /**
   * Ranks targets. The first are those nobody is clearly better than, the second those only the
   * first are clearly better than, and so on: targets that cannot be told apart share a rank, and
   * chance between two of them moves nobody else.
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
