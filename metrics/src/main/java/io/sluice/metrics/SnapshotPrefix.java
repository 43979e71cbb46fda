package io.sluice.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;

/**
 * Gives snapshots other metadata at render time, so that one option reaches every metric, wherever
 * it was registered.
 *
 * @param prefix put before every metric name; may be empty
 * @param help whether the metrics keep their help text
 */
record SnapshotPrefix(String prefix, boolean help) {

  /** The same snapshot, its data untouched, with the prefix and without the help it shall lose. */
  MetricSnapshot apply(MetricSnapshot snapshot) {
    if (prefix.isEmpty() && help) {
      return snapshot;
    }
    MetricMetadata metadata = apply(snapshot.getMetadata());
    if (snapshot instanceof CounterSnapshot counter) {
      return new CounterSnapshot(metadata, counter.getDataPoints());
    } else if (snapshot instanceof GaugeSnapshot gauge) {
      return new GaugeSnapshot(metadata, gauge.getDataPoints());
    } else if (snapshot instanceof HistogramSnapshot histogram) {
      return new HistogramSnapshot(
          histogram.isGaugeHistogram(), metadata, histogram.getDataPoints());
    } else if (snapshot instanceof SummarySnapshot summary) {
      return new SummarySnapshot(metadata, summary.getDataPoints());
    } else if (snapshot instanceof InfoSnapshot info) {
      return new InfoSnapshot(metadata, info.getDataPoints());
    } else if (snapshot instanceof StateSetSnapshot states) {
      return new StateSetSnapshot(metadata, states.getDataPoints());
    } else if (snapshot instanceof UnknownSnapshot unknown) {
      return new UnknownSnapshot(metadata, unknown.getDataPoints());
    }
    throw new IllegalArgumentException("unknown kind of snapshot: " + snapshot.getClass());
  }

  private MetricMetadata apply(MetricMetadata metadata) {
    MetricMetadata.Builder renamed =
        MetricMetadata.builder()
            .name(prefix + metadata.getName())
            .expositionBaseName(prefix + metadata.getExpositionBaseName())
            .originalName(prefix + metadata.getOriginalName())
            .unit(metadata.getUnit());
    return help ? renamed.help(metadata.getHelp()).build() : renamed.build();
  }
}
