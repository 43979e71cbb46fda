package io.sluice.server.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.http.connection.TlsHandlers;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What is measured about TLS, where it is spoken. */
public final class TlsInstruments {
  private static final double MILLIS = 1000;

  private final PrometheusRegistry registry;
  private final Map<TlsHandlers.Handshake, CounterDataPoint> handshakes =
      new EnumMap<>(TlsHandlers.Handshake.class);

  /** Shows it in a registry. */
  public TlsInstruments(PrometheusRegistry registry) {
    this.registry = registry;
    Counter counter =
        Counter.builder()
            .name("sluice_tls_handshakes_total")
            .help("Handshakes of TLS, by how they ended.")
            .labelNames("result")
            .register(registry);
    for (TlsHandlers.Handshake how : TlsHandlers.Handshake.values()) {
      handshakes.put(how, counter.labelValues(how.name().toLowerCase(Locale.ROOT)));
    }
  }

  /** Shows until when the certificate is valid. */
  public void watch(Supplier<Instant> expiry) {
    GaugeWithCallback.builder()
        .name("sluice_tls_certificate_expiry_timestamp_seconds")
        .help("When the certificate of the server, or one behind it, expires, in Unix time.")
        .callback(each -> each.call(expiry.get().toEpochMilli() / MILLIS))
        .register(registry);
  }

  /** Counts a handshake that has ended. */
  public void ended(TlsHandlers.Handshake how) {
    CounterDataPoint counter = handshakes.get(how);
    if (counter != null) {
      counter.inc();
    }
  }
}
