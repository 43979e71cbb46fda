package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static io.sluice.metrics.Exchanges.request;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class ServerMetricsTest {
  private static final Pattern ENDPOINT = Pattern.compile("endpoint=\"([^\"]*)\"");

  private final AtomicLong nanos = new AtomicLong();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ServerMetrics metrics = new ServerMetrics(registry, List.of("boot", "image"));
  private final Wire wire = new Wire();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          wire,
          new RequestTimingHandler(
              request -> request.uri().substring(1), metrics, () -> Instant.EPOCH, nanos::get));

  private double value(String series) {
    return Scrape.of(registry).value(series);
  }

  private void exchange(HttpRequest request, HttpResponseStatus status, int bytes) {
    channel.writeInbound(request);
    channel.write(full(status, bytes));
    wire.succeedAll();
  }

  @Test
  void allSeriesButTheFinishedRequestsStartAtZero() {
    for (String endpoint : List.of("boot", "image")) {
      assertEquals(0, value("http_requests_in_flight{endpoint=\"" + endpoint + "\"}"));
      assertEquals(0, value("http_response_bytes_total{endpoint=\"" + endpoint + "\"}"));
      assertEquals(0, value("http_request_duration_seconds_count{endpoint=\"" + endpoint + "\"}"));
      for (AbortReason reason : AbortReason.values()) {
        String labels = "{endpoint=\"" + endpoint + "\",reason=\"" + reason.label() + "\"}";
        assertEquals(0, value("http_requests_aborted_total" + labels));
      }
    }
  }

  @Test
  void aFinishedRequestCountsByEndpointMethodAndStatusAndNotAsAborted() {
    exchange(get("/boot"), OK, 10);
    exchange(get("/boot"), OK, 10);
    exchange(request(HttpMethod.HEAD, "/image"), HttpResponseStatus.NOT_FOUND, 0);

    String get = "http_requests_total{endpoint=\"boot\",method=\"GET\",status=\"200\"}";
    String head = "http_requests_total{endpoint=\"image\",method=\"HEAD\",status=\"404\"}";
    assertEquals(2, value(get));
    assertEquals(1, value(head));
    assertEquals(20, value("http_response_bytes_total{endpoint=\"boot\"}"));
    assertEquals(0, Scrape.of(registry).sum("http_requests_aborted_total"));
    assertEquals(0, Scrape.of(registry).sum("http_requests_in_flight"));
  }

  @Test
  void aRequestIsInFlightUntilItsLastByteIsOutAndItsBytesCountAsTheyLeave() {
    channel.writeInbound(get("/image"));
    channel.write(head(OK));
    channel.write(bytes(100));
    wire.succeed();
    wire.succeed();
    assertEquals(1, value("http_requests_in_flight{endpoint=\"image\"}"));
    assertEquals(100, value("http_response_bytes_total{endpoint=\"image\"}"));
    assertEquals(0, Scrape.of(registry).sum("http_requests_total"));
  }

  @Test
  void anAbortedRequestCountsAsAbortedOnlyAndKeepsItsBytes() {
    channel.writeInbound(get("/image"));
    channel.write(head(OK));
    channel.write(bytes(100));
    wire.succeedAll();
    AbortReason.mark(channel, AbortReason.SHUTDOWN);
    channel.close();

    Scrape scrape = Scrape.of(registry);
    String aborted = "http_requests_aborted_total{endpoint=\"image\",reason=\"shutdown\"}";
    assertEquals(1, scrape.value(aborted));
    assertEquals(1, scrape.sum("http_requests_aborted_total"));
    assertEquals(100, scrape.sum("http_response_bytes_total"));
    assertEquals(0, scrape.sum("http_requests_total"));
    assertEquals(0, scrape.sum("http_request_duration_seconds_count"));
    assertEquals(0, scrape.sum("http_request_first_byte_seconds_count"));
    assertEquals(0, scrape.sum("http_requests_in_flight"));
  }

  @Test
  void durationsAreInSecondsAndReachFromAMillisecondToAnHour() {
    channel.writeInbound(get("/image"));
    channel.write(head(OK));
    channel.write(new io.netty.handler.codec.http.DefaultLastHttpContent());
    nanos.set(Duration.ofMillis(1).toNanos());
    wire.succeed();
    nanos.set(Duration.ofMinutes(40).toNanos());
    wire.succeed();

    assertEquals(2400, value("http_request_duration_seconds_sum{endpoint=\"image\"}"), 1e-9);
    assertEquals(0.001, value("http_request_first_byte_seconds_sum{endpoint=\"image\"}"), 1e-9);
    String first = "http_request_first_byte_seconds_bucket{endpoint=\"image\",le=\"0.001\"}";
    assertEquals(1, value(first));
    assertEquals(
        0, value("http_request_duration_seconds_bucket{endpoint=\"image\",le=\"1800.0\"}"));
    assertEquals(
        1, value("http_request_duration_seconds_bucket{endpoint=\"image\",le=\"3600.0\"}"));
  }

  @Test
  void unusualMethodsAndStatusesReadOther() {
    exchange(request(HttpMethod.valueOf("BREW"), "/boot"), OK, 0);
    exchange(request(HttpMethod.TRACE, "/boot"), OK, 0);
    exchange(get("/boot"), HttpResponseStatus.valueOf(999), 0);
    assertEquals(
        2, value("http_requests_total{endpoint=\"boot\",method=\"OTHER\",status=\"200\"}"));
    assertEquals(
        1, value("http_requests_total{endpoint=\"boot\",method=\"GET\",status=\"OTHER\"}"));
  }

  @Test
  void anEndpointNobodyAnnouncedCountsAsTheLastOne() {
    exchange(get("/surprise"), OK, 1);
    assertEquals(1, value("http_requests_total{endpoint=\"image\",method=\"GET\",status=\"200\"}"));
  }

  @Test
  void aThousandTargetsOfAClassifierThatEchoesThemMakeNoNewLabel() {
    Random random = new Random(7);
    for (int i = 0; i < 1000; i++) {
      exchange(get("/" + Long.toHexString(random.nextLong()) + "?q=" + i), OK, 1);
    }
    Set<String> labels =
        Scrape.of(registry).series().keySet().stream()
            .flatMap(series -> ENDPOINT.matcher(series).results().map(ServerMetricsTest::label))
            .collect(toSet());
    assertEquals(Set.of("boot", "image"), labels);
    assertEquals(
        1000, value("http_requests_total{endpoint=\"image\",method=\"GET\",status=\"200\"}"));
  }

  private static String label(MatchResult match) {
    return match.group(1);
  }

  @Test
  void aRequestRefusedBeforeItsHeadCountsAsAbortedAndWasNeverInFlight() {
    metrics.refusedBeforeHead("boot", AbortReason.TIMEOUT);
    assertEquals(1, value("http_requests_aborted_total{endpoint=\"boot\",reason=\"timeout\"}"));
    assertEquals(0, Scrape.of(registry).sum("http_requests_in_flight"));
  }

  @Test
  void anEmptySetOfEndpointsIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ServerMetrics(new PrometheusRegistry(), List.of()));
  }
}
