package io.sluice.metrics;

import io.netty.handler.codec.http.HttpMethod;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The series of one endpoint. All but the finished requests are resolved when it is made; those,
 * too many to make beforehand, the first time a method and status occur together.
 */
final class EndpointSeries {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final String OTHER = "OTHER";
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER);

  /** More than any status code, so that a method's place and a status share one number. */
  private static final int METHOD_STRIDE = 1000;

  private static final int LOWEST_STATUS = 100;
  private static final int HIGHEST_STATUS = 599;

  private final String endpoint;
  private final Counter requests;
  private final Map<Integer, CounterDataPoint> finished = new ConcurrentHashMap<>();
  private final Map<AbortReason, CounterDataPoint> aborted = new EnumMap<>(AbortReason.class);
  private final GaugeDataPoint inFlight;
  private final CounterDataPoint bytes;
  private final DistributionDataPoint duration;
  private final DistributionDataPoint firstByte;

  EndpointSeries(HttpCollectors collectors, String endpoint) {
    this.endpoint = endpoint;
    this.requests = collectors.requests();
    this.inFlight = collectors.inFlight().labelValues(endpoint);
    this.bytes = collectors.bytes().labelValues(endpoint);
    this.duration = collectors.duration().labelValues(endpoint);
    this.firstByte = collectors.firstByte().labelValues(endpoint);
    for (AbortReason reason : AbortReason.values()) {
      aborted.put(reason, collectors.aborted().labelValues(endpoint, reason.label()));
    }
  }

  void begun() {
    inFlight.inc();
  }

  void sent(long count) {
    bytes.inc(count);
  }

  void ended(RequestTimer timer) {
    inFlight.dec();
    AbortReason reason = timer.abortReason();
    if (reason != null) {
      aborted(reason);
      return;
    }
    finished(timer.request().method(), timer.status()).inc();
    duration.observe(timer.durationNanos() / NANOS_PER_SECOND);
    firstByte.observe(timer.firstByteNanos() / NANOS_PER_SECOND);
  }

  void aborted(AbortReason reason) {
    CounterDataPoint counter = aborted.get(reason);
    if (counter != null) {
      counter.inc();
    }
  }

  private CounterDataPoint finished(HttpMethod method, int status) {
    int known = METHODS.indexOf(method.name());
    int place = known < 0 ? METHODS.size() - 1 : known;
    boolean usual = status >= LOWEST_STATUS && status <= HIGHEST_STATUS;
    int code = usual ? status : 0;
    return finished.computeIfAbsent(
        place * METHOD_STRIDE + code,
        key ->
            requests.labelValues(
                endpoint, METHODS.get(place), usual ? Integer.toString(status) : OTHER));
  }
}
