package io.sluice.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What targets are ranked by, and when one is better than another by more than chance. */
enum Measure {
  /**
   * Bytes a second; more is better. The machine may become half as quick for some minutes, for all
   * targets alike, so rounds are compared one by one.
   */
  THROUGHPUT("throughput, bytes/s") {
    @Override
    List<Double> rounds(Report.Result result) {
      return result.rounds().stream().map(Report.Round::bytesPerSecond).toList();
    }

    @Override
    boolean isClearlyBetter(List<Double> one, List<Double> other) {
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
        ratios.add(one.get(i) / other.get(i));
      }
      Report.Spread spread = Ranking.spread(ratios);
      return spread.min() > 1 && spread.median() >= QUICKER;
    }

    @Override
    Comparator<Double> betterFirst() {
      return Comparator.reverseOrder();
    }
  },

  /**
   * The tail of the probes; less is better. It hangs on the slowest handful of some hundred probes:
   * those of one target differ by half from round to round, so any round is compared with any.
   */
  PROBE_P99("probe p99, ms") {
    @Override
    List<Double> rounds(Report.Result result) {
      return result.rounds().stream()
          .map(Report.Round::probeP99Millis)
          .filter(millis -> millis > 0)
          .toList();
    }

    @Override
    boolean isClearlyBetter(List<Double> one, List<Double> other) {
      Report.Spread better = Ranking.spread(one);
      Report.Spread worse = Ranking.spread(other);
      return better.max() < worse.min() && better.median() * LONGER <= worse.median();
    }

    @Override
    Comparator<Double> betterFirst() {
      return Comparator.naturalOrder();
    }
  };

  /** How many times as quick as another a target must be. */
  private static final double QUICKER = 4 / 3.0;

  /** How many times as long as that of another a tail must be. */
  private static final double LONGER = 2;

  private final String label;

  Measure(String label) {
    this.label = label;
  }

  /** Its name in reports. */
  String label() {
    return label;
  }

  /** What was measured of one target, in the order of the rounds. */
  abstract List<Double> rounds(Report.Result result);

  /** Whether one target is better than another, and not by chance. */
  abstract boolean isClearlyBetter(List<Double> one, List<Double> other);

  /** The better of two medians comes first. */
  abstract Comparator<Double> betterFirst();
}
