package io.sluice.bench.scrape;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A Prometheus histogram, summed over the series a selector picks.
 *
 * @param cumulative upper bound in seconds to the number of observations at or below it
 */
record BucketHistogram(TreeMap<Double, Double> cumulative) {
  /**
   * Adds up the buckets of the series that carry the selector's labels.
   *
   * @param selector as {@code name{label="value",…}}, without {@code _bucket}
   */
  static BucketHistogram select(List<PrometheusText.Sample> samples, String selector) {
    int brace = selector.indexOf('{');
    String name = (brace < 0 ? selector : selector.substring(0, brace)).strip() + "_bucket";
    Map<String, String> wanted =
        PrometheusText.labels(brace < 0 ? null : selector.substring(brace + 1));
    TreeMap<Double, Double> cumulative = new TreeMap<>();
    for (PrometheusText.Sample sample : samples) {
      String bound = sample.labels().get("le");
      if (bound != null
          && sample.name().equals(name)
          && sample.labels().entrySet().containsAll(wanted.entrySet())) {
        cumulative.merge(PrometheusText.value(bound), sample.value(), Double::sum);
      }
    }
    return new BucketHistogram(cumulative);
  }

  /** What came since an earlier reading of the same histogram. */
  BucketHistogram since(BucketHistogram earlier) {
    TreeMap<Double, Double> difference = new TreeMap<>();
    cumulative.forEach(
        (bound, count) ->
            difference.put(bound, count - earlier.cumulative.getOrDefault(bound, 0.0)));
    return new BucketHistogram(difference);
  }

  long count() {
    return cumulative.isEmpty() ? 0 : Math.round(cumulative.lastEntry().getValue());
  }

  /**
   * The value that share of the observations stays at or below, in seconds: on a straight line
   * through its bucket, as PromQL's {@code histogram_quantile} has it; in the last bucket, its
   * lower bound.
   *
   * @param quantile 0 to 1
   */
  double quantile(double quantile) {
    double rank = quantile * count();
    double lower = 0;
    double below = 0;
    for (Map.Entry<Double, Double> bucket : cumulative.entrySet()) {
      double upper = bucket.getKey();
      double upTo = bucket.getValue();
      if (upTo >= rank && upTo > below) {
        return Double.isInfinite(upper)
            ? lower
            : lower + (upper - lower) * (rank - below) / (upTo - below);
      }
      lower = upper;
      below = upTo;
    }
    return lower;
  }
}
