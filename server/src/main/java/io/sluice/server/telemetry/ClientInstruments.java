package io.sluice.server.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.http.connection.Connections;
import io.sluice.server.keyed.ByteBudget;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** What is measured about the bounds on what clients fill. */
public final class ClientInstruments {
  private record Shown(LongSupplier used, long limit) {}

  private final Map<String, Shown> budgets = new ConcurrentHashMap<>();
  private final Counter refusedBytes;
  private final Gauge places;
  private final Counter refusedConnections;

  /** Shows bounds in a registry. */
  public ClientInstruments(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("sluice_client_memory_bytes")
        .help("Bytes that clients have the server keep, beside what every connection takes.")
        .labelNames("kind")
        .callback(
            each ->
                budgets.forEach(
                    (kind, budget) -> each.call((double) budget.used().getAsLong(), kind)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_client_memory_limit_bytes")
        .help("Bytes that clients may have the server keep.")
        .labelNames("kind")
        .callback(
            each -> budgets.forEach((kind, budget) -> each.call((double) budget.limit(), kind)))
        .register(registry);
    refusedBytes =
        Counter.builder()
            .name("sluice_client_memory_refused_total")
            .help("Requests and connections that ended because such memory was full.")
            .labelNames("kind")
            .register(registry);
    places =
        Gauge.builder()
            .name("sluice_connections_limit")
            .help("Connections a port takes at once.")
            .labelNames("port")
            .register(registry);
    refusedConnections =
        Counter.builder()
            .name("sluice_connections_refused_total")
            .help("Connections a port closed because of its bounds.")
            .labelNames("port", "reason")
            .register(registry);
  }

  /** A budget that is shown under a name. */
  public ByteBudget budget(String kind, long limit) {
    CounterDataPoint refusals = refusedBytes.labelValues(kind);
    ByteBudget budget = new ByteBudget(limit, refusals::inc);
    show(kind, budget::used, limit);
    return budget;
  }

  /** Shows another bound under a name; what is beyond it waits. */
  public void show(String kind, LongSupplier used, long limit) {
    budgets.put(kind, new Shown(used, limit));
  }

  /** The places of a port, shown under its name. */
  public Connections connections(
      String port, Connections.Limits limits, Predicate<InetAddress> trusted) {
    places.labelValues(port).set(limits.total());
    for (Connections.Refusal reason : Connections.Refusal.values()) {
      refusedConnections.initLabelValues(port, label(reason));
    }
    return new Connections(
        limits, trusted, reason -> refusedConnections.labelValues(port, label(reason)).inc());
  }

  private static String label(Connections.Refusal reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }
}
