package io.sluice.server.telemetry;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.fleet.InstallProgress;

/** What is measured about installers that report how far they are. */
final class InstallInstruments {
  private static final double NANOS = 1e9;

  /** In seconds: from what a small disk takes to what a large one takes on a slow link. */
  private static final double[] BOUNDS = {1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200};

  private InstallInstruments() {}

  /** Shows them in a registry. */
  static void register(PrometheusRegistry registry, InstallProgress progress) {
    Histogram seconds =
        Histogram.builder()
            .name("sluice_install_stage_seconds")
            .help(
                "How long stages of installations took that were followed by another, in seconds.")
            .labelNames("stage")
            .classicOnly()
            .classicUpperBounds(BOUNDS)
            .register(registry);
    for (InstallProgress.Stage stage : InstallProgress.Stage.values()) {
      seconds.initLabelValues(stage.spelling());
    }
    progress.onStage(
        (stage, time) -> seconds.labelValues(stage.spelling()).observe(time.toNanos() / NANOS));
    GaugeWithCallback.builder()
        .name("sluice_installing")
        .help("Machines whose installer has reported to this server in the last minute, by stage.")
        .labelNames("stage")
        .callback(
            value ->
                progress.counts().forEach((stage, count) -> value.call(count, stage.spelling())))
        .register(registry);
  }
}
