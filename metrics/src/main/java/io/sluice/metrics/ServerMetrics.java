package io.sluice.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The {@code http_*} series of a server. A request is in flight from its head until its last byte
 * is out or its connection is gone; then it counts as finished, with its duration and first byte,
 * or as aborted, never as both. Bytes count as they leave, whatever becomes of the request.
 *
 * <p>Every label value comes from a closed set: the endpoints given here, the usual methods and
 * {@code OTHER}, the statuses 100 to 599 and {@code OTHER}, and {@link AbortReason}. Safe for use
 * by many event loops at once.
 */
public final class ServerMetrics implements RequestListener {

  /**
   * Seconds: a script from memory takes about one millisecond, an image over a slow link an hour.
   */
  private static final double[] SECONDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
    1200, 1800, 3600
  };

  private final Map<String, EndpointSeries> series = new HashMap<>();
  private final EndpointSeries fallback;

  /**
   * Registers the series, at zero for every endpoint.
   *
   * @param registry where to register them
   * @param endpoints the closed set of endpoint names, in their iteration order; a request whose
   *     classifier names none of them counts as the last
   * @throws IllegalArgumentException if no endpoint is given, or a series is registered already
   */
  public ServerMetrics(PrometheusRegistry registry, Collection<String> endpoints) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("endpoints: none (expected: at least one name)");
    }
    HttpCollectors collectors = register(registry);
    EndpointSeries latest = null;
    for (String endpoint : endpoints) {
      latest = new EndpointSeries(collectors, endpoint);
      series.put(endpoint, latest);
    }
    this.fallback = Objects.requireNonNull(latest);
  }

  @Override
  public void begun(RequestTimer timer) {
    of(timer.endpoint()).begun();
  }

  @Override
  public void sent(RequestTimer timer, long bytes) {
    of(timer.endpoint()).sent(bytes);
  }

  @Override
  public void ended(RequestTimer timer) {
    of(timer.endpoint()).ended(timer);
  }

  /**
   * Counts a request that was refused before its head had arrived completely, so that no timer ever
   * began: the 408 of a client that is too slow, for one.
   *
   * @param endpoint one of the endpoints; any other name counts as the last of them
   * @param reason why it was refused
   */
  public void refusedBeforeHead(String endpoint, AbortReason reason) {
    of(endpoint).aborted(reason);
  }

  private EndpointSeries of(@Nullable String endpoint) {
    return series.getOrDefault(endpoint, fallback);
  }

  private static HttpCollectors register(PrometheusRegistry registry) {
    return new HttpCollectors(
        Gauge.builder()
            .name("http_requests_in_flight")
            .help("Requests whose head was read and whose last byte is not out yet.")
            .labelNames("endpoint")
            .register(registry),
        counter(
            registry,
            "http_requests_total",
            "Finished requests, counted when the last byte of the answer is out.",
            "endpoint",
            "method",
            "status"),
        histogram(
            registry,
            "http_request_duration_seconds",
            "Time from a request's head to the last byte of its answer, finished requests only."),
        histogram(
            registry,
            "http_request_first_byte_seconds",
            "Time from a request's head to the first byte of its answer, finished requests only."),
        counter(
            registry,
            "http_response_bytes_total",
            "Bytes of response bodies that left, those of aborted requests included.",
            "endpoint"),
        counter(
            registry,
            "http_requests_aborted_total",
            "Requests that ended before the last byte of their answer was out.",
            "endpoint",
            "reason"));
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labels)
        .withoutExemplars()
        .register(registry);
  }

  private static Histogram histogram(PrometheusRegistry registry, String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .labelNames("endpoint")
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .withoutExemplars()
        .register(registry);
  }
}
