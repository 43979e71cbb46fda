package io.sluice.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsHandlerTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Executor executor = Runnable::run;
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new MetricsHandler(
              new MetricsRenderer(registry, new MetricsRenderer.Format("", true, true)),
              task -> executor.execute(task)));

  @BeforeEach
  void aGauge() {
    Gauge.builder().name("level").help("Level.").register(registry).set(3);
    Gauge.builder().name("other").register(registry).set(1);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static FullHttpRequest request(String method, String target, String... fields) {
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target);
    for (int i = 0; i < fields.length; i += 2) {
      request.headers().add(fields[i], fields[i + 1]);
    }
    return request;
  }

  private FullHttpResponse answer(FullHttpRequest request) {
    channel.writeInbound(request);
    channel.runPendingTasks();
    assertEquals(0, request.refCnt());
    return channel.readOutbound();
  }

  private static String body(FullHttpResponse response) {
    return response.content().toString(StandardCharsets.UTF_8);
  }

  @Test
  void aScrapeHasItsTypeFirstAndItsLengthLast() {
    FullHttpResponse response = answer(request("GET", "/metrics"));
    assertEquals(200, response.status().code());
    assertEquals("content-type", response.headers().entries().get(0).getKey());
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8", response.headers().get("Content-Type"));
    assertEquals(body(response).length(), response.headers().getInt("Content-Length"));
    assertTrue(body(response).contains("level 3.0\n"), body(response));
    response.release();
  }

  @Test
  void headGetsTheSameHeadAndNoBody() {
    FullHttpResponse get = answer(request("GET", "/metrics"));
    FullHttpResponse head = answer(request("HEAD", "/metrics"));
    assertEquals(get.headers(), head.headers());
    assertEquals("", body(head));
    get.release();
  }

  @Test
  void gzipAndOpenMetricsAreNegotiated() throws IOException {
    FullHttpResponse response =
        answer(
            request(
                "GET",
                "/metrics",
                "Accept",
                "application/openmetrics-text;version=1.0.0",
                "Accept-Encoding",
                "br",
                "Accept-Encoding",
                "gzip"));
    assertTrue(response.headers().get("Content-Type").startsWith("application/openmetrics-text"));
    assertEquals("gzip", response.headers().get("Content-Encoding"));
    byte[] packed = new byte[response.content().readableBytes()];
    response.content().readBytes(packed);
    byte[] body = new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
    assertTrue(new String(body, StandardCharsets.UTF_8).endsWith("# EOF\n"));
    response.release();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/metrics?name[]=level", "/metrics?name%5B%5D=level&name[]=nothing"})
  void namesPickMetrics(String target) {
    FullHttpResponse response = answer(request("GET", target));
    assertTrue(body(response).contains("level 3.0\n"));
    assertTrue(!body(response).contains("other"), body(response));
    response.release();
  }

  @ParameterizedTest
  @CsvSource({"POST, /metrics", "GET, /", "GET, /metrics/", "GET, /other?/metrics"})
  void everyOtherRequestIsPassedOn(String method, String target) {
    FullHttpRequest request = request(method, target);
    channel.writeInbound(request);
    assertSame(request, channel.readInbound());
    assertNull(channel.readOutbound());
    assertEquals(1, request.refCnt());
    request.release();
  }

  @Test
  void aCollectorThatThrowsIsA500WithoutItsTrace() {
    GaugeWithCallback.builder()
        .name("probe")
        .callback(
            callback -> {
              throw new IllegalStateException("secret");
            })
        .register(registry);
    FullHttpResponse response = answer(request("GET", "/metrics"));
    assertEquals(500, response.status().code());
    assertEquals("rendering the metrics failed\n", body(response));
    response.release();
  }

  @Test
  void whatComesWhileAScrapeIsRenderedWaitsForItsAnswer() {
    Queue<Runnable> tasks = new ArrayDeque<>();
    executor = tasks::add;
    FullHttpRequest next = request("GET", "/next");
    channel.writeInbound(request("GET", "/metrics"), next, request("GET", "/metrics"));
    assertNull(channel.readInbound());
    assertFalse(channel.config().isAutoRead());
    tasks.remove().run();
    channel.runPendingTasks();
    assertSame(next, channel.readInbound());
    channel.<FullHttpResponse>readOutbound().release();
    assertNull(channel.readOutbound());
    assertFalse(channel.config().isAutoRead(), "the second scrape is rendered");
    tasks.remove().run();
    channel.runPendingTasks();
    channel.<FullHttpResponse>readOutbound().release();
    assertTrue(channel.config().isAutoRead());
    next.release();
  }

  @Test
  void aScrapeThatIsOneTooManyIsToldToComeBack() {
    executor =
        task -> {
          throw new RejectedExecutionException();
        };
    FullHttpResponse response = answer(request("GET", "/metrics"));
    assertEquals(503, response.status().code());
    assertTrue(response.headers().getInt("Retry-After") > 0);
    assertTrue(channel.config().isAutoRead());
    response.release();
  }

  @Test
  void aConnectionThatEndsReleasesWhatWaits() {
    executor = task -> {};
    FullHttpRequest next = request("GET", "/next");
    channel.writeInbound(request("GET", "/metrics"), next);
    channel.finishAndReleaseAll();
    assertEquals(0, next.refCnt());
  }
}
