package io.sluice.server.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sluice.server.admission.Admission;
import io.sluice.server.admission.AdmissionMeter;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.readahead.ColdReads;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is measured about image streams: the limits, which of them wait, what was read from the
 * disk.
 */
public final class EgressInstruments implements AdmissionMeter, ColdReads.Meter {
  private static final double[] WAIT_BUCKETS = {
    0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600
  };
  private static final double[] READ_BUCKETS = {
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5
  };

  private final PrometheusRegistry registry;
  private final Map<Reason, CounterDataPoint> rejected = new EnumMap<>(Reason.class);
  private final DistributionDataPoint waited;
  private final CounterDataPoint coldBytes;
  private final DistributionDataPoint coldReads;

  EgressInstruments(PrometheusRegistry registry) {
    this.registry = registry;
    Counter rejections =
        Counter.builder()
            .name("sluice_admission_rejected_total")
            .help("Image transfers answered 503 because of a limit.")
            .labelNames("reason")
            .register(registry);
    for (Reason reason : Reason.values()) {
      rejected.put(reason, rejections.labelValues(reason.name().toLowerCase(Locale.ROOT)));
    }
    waited =
        histogram(
            "sluice_admission_wait_seconds",
            "From the first time an image was asked for until its transfer could run.",
            WAIT_BUCKETS);
    coldBytes =
        Counter.builder()
            .name("sluice_cold_read_bytes_total")
            .help("Bytes that were read from a disk before they could be sent.")
            .register(registry)
            .labelValues();
    coldReads =
        histogram(
            "sluice_cold_read_seconds",
            "How long the disk took for one stretch of a file.",
            READ_BUCKETS);
  }

  private DistributionDataPoint histogram(String name, String help, double[] buckets) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .unit(Unit.SECONDS)
        .classicOnly()
        .classicUpperBounds(buckets)
        .register(registry)
        .labelValues();
  }

  /** Shows how many run and how many wait. */
  public void watch(Admission admission) {
    GaugeWithCallback.builder()
        .name("sluice_streams")
        .help("Image transfers that run.")
        .callback(now -> now.call(admission.running()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_admission_waiting")
        .help("Image transfers that wait: held open, or expected back at the time they were told.")
        .labelNames("how")
        .callback(
            now -> {
              now.call((double) admission.held(), "held");
              now.call((double) admission.expected(), "expected");
            })
        .register(registry);
  }

  /** Shows the limits that are set; one that is not set has no series. */
  void show(ServerConfig.Egress limits) {
    Gauge gauge =
        Gauge.builder()
            .name("sluice_limit")
            .help("Limits of what is sent: streams, or bytes a second; those that are set.")
            .labelNames("limit")
            .register(registry);
    Map.of(
            "egress",
            limits.bytesPerSecond(),
            "stream",
            limits.streamBytesPerSecond(),
            "max_streams",
            (long) limits.maxStreams(),
            "max_streams_per_client",
            (long) limits.maxStreamsPerClient())
        .forEach(
            (name, value) -> {
              if (value > 0) {
                gauge.labelValues(name).set(value);
              }
            });
  }

  @Override
  public void admitted(long waitedNanos) {
    waited.observe(Unit.nanosToSeconds(waitedNanos));
  }

  @Override
  public void refused(Reason reason) {
    CounterDataPoint counter = rejected.get(reason);
    if (counter != null) {
      counter.inc();
    }
  }

  @Override
  public void coldRead(long bytes, long nanos) {
    coldBytes.inc(bytes);
    coldReads.observe(Unit.nanosToSeconds(nanos));
  }
}
