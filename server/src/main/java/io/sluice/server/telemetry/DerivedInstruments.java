package io.sluice.server.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sluice.server.derive.ConversionLedger;
import io.sluice.server.derive.cache.DerivedFormat;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** What is measured about derived images: what is being made, how it went, what is kept. */
public final class DerivedInstruments implements ConversionLedger.Meter {
  /** From a small file on a fast machine to a large disk on a slow one, in seconds. */
  private static final double[] BUCKETS = {
    0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600
  };

  private final PrometheusRegistry registry;
  private final Gauge inProgress;
  private final Histogram duration;
  private final Counter failures;

  /** Shows them in a registry. */
  public DerivedInstruments(PrometheusRegistry registry) {
    this.registry = registry;
    inProgress =
        Gauge.builder()
            .name("sluice_conversions_in_progress")
            .help("Derived images, digests and block maps that are being made.")
            .labelNames("kind")
            .register(registry);
    duration =
        Histogram.builder()
            .name("sluice_conversion_duration_seconds")
            .help("How long it took to make a derived image, digest or block map.")
            .labelNames("kind")
            .classicOnly()
            .classicUpperBounds(BUCKETS)
            .register(registry);
    failures =
        Counter.builder()
            .name("sluice_conversion_failures_total")
            .help("Derived images, digests and block maps that could not be made.")
            .labelNames("kind")
            .register(registry);
    for (DerivedFormat form : DerivedFormat.values()) {
      inProgress.initLabelValues(form.label());
      duration.initLabelValues(form.label());
      failures.initLabelValues(form.label());
    }
  }

  @Override
  public void begun(DerivedFormat form) {
    inProgress.labelValues(form.label()).inc();
  }

  @Override
  public void ended(DerivedFormat form, ConversionLedger.ConversionResult result, long nanos) {
    inProgress.labelValues(form.label()).dec();
    switch (result) {
      case DONE -> duration.labelValues(form.label()).observe(Unit.nanosToSeconds(nanos));
      case FAILED -> failures.labelValues(form.label()).inc();
      case STOPPED -> {
        // Neither a success nor a failure.
      }
    }
  }

  /**
   * Shows how far what is being made is, and what is kept.
   *
   * @param cacheBytes of derived images on disk
   */
  public void watch(ConversionLedger ledger, LongSupplier cacheBytes) {
    showBytes(
        ledger,
        "sluice_conversions_source_bytes",
        "Bytes of the images that something is being made from.",
        ConversionLedger.Running::total);
    showBytes(
        ledger,
        "sluice_conversions_done_bytes",
        "How many of the bytes in sluice_conversions_source_bytes have been worked on.",
        ConversionLedger.Running::done);
    GaugeWithCallback.builder()
        .name("sluice_cache_bytes")
        .help("Bytes of derived images, finished and unfinished, that are kept on disk.")
        .callback(value -> value.call((double) cacheBytes.getAsLong()))
        .register(registry);
  }

  private void showBytes(
      ConversionLedger ledger,
      String name,
      String help,
      ToLongFunction<ConversionLedger.Running> bytes) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("kind")
        .callback(
            each -> {
              Map<DerivedFormat, Long> sums = new EnumMap<>(DerivedFormat.class);
              ledger
                  .running()
                  .forEach(one -> sums.merge(one.form(), bytes.applyAsLong(one), Long::sum));
              for (DerivedFormat form : DerivedFormat.values()) {
                each.call((double) sums.getOrDefault(form, 0L), form.label());
              }
            })
        .register(registry);
  }
}
