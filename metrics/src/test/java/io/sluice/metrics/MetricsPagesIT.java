package io.sluice.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each target of the metrics port answers, and in which form. */
class MetricsPagesIT extends ServedMetrics {
  @Test
  void aScrapeHasItsTypeFirstAndItsLengthLast() throws IOException {
    String response = get(start(), "/metrics");
    assertStatus(200, response);
    List<String> lines = response.lines().toList();
    assertEquals("content-type: text/plain; version=0.0.4; charset=utf-8", lines.get(1));
    assertTrue(hasHeader(response, "date"), response);
    assertTrue(hasHeader(response, "vary"), response);
    assertTrue(response.contains("\r\nx-content-type-options: nosniff\r\n"), response);
    String body = body(response);
    assertTrue(response.contains("content-length: " + body.length() + "\r\n\r\n"), response);
    assertTrue(body.endsWith("level 3.0\n"), body);
  }

  @Test
  void headGetsTheSameHeadAndNoBody() throws IOException {
    InetSocketAddress address = start();
    String get = get(address, "/healthz");
    String head = talk(address, "HEAD /healthz HTTP/1.1\r\n" + CLOSE);
    assertEquals("", body(head));
    String date = "date: [^\r]*";
    assertEquals(get.replaceAll(date, "").replace("ok\n", ""), head.replaceAll(date, ""));
    assertStatus(200, head);
  }

  @Test
  void repeatedSlashesAndAnAbsoluteFormAreUnderstood() throws IOException {
    InetSocketAddress address = start();
    assertStatus(200, get(address, "//healthz"));
    assertStatus(200, get(address, "https://host/healthz"));
    assertStatus(200, get(address, "HTTP://host/healthz"));
  }

  @Test
  void gzipAndOpenMetricsAreNegotiatedOverTheWire() throws IOException {
    Socket socket =
        send(
            start(),
            "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0\r\n"
                + "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"
                + CLOSE);
    byte[] response = socket.getInputStream().readAllBytes();
    String text = new String(response, java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("content-type: application/openmetrics-text"), text);
    assertTrue(text.contains("content-encoding: gzip"), text);
    int from = text.indexOf("\r\n\r\n") + 4;
    byte[] body =
        new GZIPInputStream(new ByteArrayInputStream(response, from, response.length - from))
            .readAllBytes();
    assertTrue(new String(body, US_ASCII).endsWith("# EOF\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/metrics?name[]=level",
        "/metrics?name%5B%5D=level",
        "/?name[]=level&name[]=nothing",
        "http://example.net:9090/metrics?name[]=level",
        "http://example.net?name[]=level"
      })
  void namesPickMetrics(String target) throws IOException {
    Gauge.builder().name("other").register(registry).set(1);
    String body = body(get(start(), target));
    assertTrue(body.contains("level 3.0"), body);
    assertFalse(body.contains("other"), body);
  }

  @Test
  void healthIsAlwaysOkAndReadinessFollowsTheServer() throws IOException {
    InetSocketAddress address = start();
    assertEquals("ok\n", body(get(address, "/healthz")));
    assertEquals("ready\n", body(get(address, "/readyz")));
    ready.set(false);
    assertStatus(200, get(address, "/healthz"));
    String response = get(address, "/readyz");
    assertStatus(503, response);
    assertEquals("not ready\n", body(response));
    assertTrue(response.matches("(?s).*\r\nretry-after: [0-9]+\r\n.*"), response);
  }

  @Test
  void theRootIsThePageForABrowserAndTheMetricsForOthers() throws IOException {
    InetSocketAddress address = start();
    String page = talk(address, "GET / HTTP/1.1\r\nAccept: text/html,*/*;q=0.8\r\n" + CLOSE);
    assertTrue(page.contains("\r\ncontent-type: text/html; charset=utf-8\r\n"), page);
    assertEquals(new String(PAGE, US_ASCII), body(page));
    String metrics = talk(address, "GET / HTTP/1.1\r\nAccept: */*\r\n" + CLOSE);
    assertTrue(body(metrics).contains("level 3.0"), metrics);
  }

  @Test
  void withoutAPageABrowserGetsTheMetricsToo() throws IOException {
    InetSocketAddress address = start(new MetricsPages(renderer(), ready::get, null));
    String response = talk(address, "GET / HTTP/1.1\r\nAccept: text/html\r\n" + CLOSE);
    assertTrue(response.contains("content-type: text/plain; version=0.0.4"), response);
  }

  @Test
  void metricsThatAreOffAre503WithRetryAfter() throws IOException {
    InetSocketAddress address = start(new MetricsPages(null, ready::get, PAGE));
    String response = get(address, "/metrics");
    assertStatus(503, response);
    assertTrue(response.matches("(?s).*\r\nretry-after: [0-9]+\r\n.*"), response);
    assertStatus(200, get(address, "/healthz"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /nothing HTTP/1.1 | 404",
        "GET /metrics/ HTTP/1.1 | 404",
        "POST /metrics HTTP/1.1 | 405",
        "OPTIONS * HTTP/1.1 | 405",
        "BREW /nothing HTTP/1.1 | 405",
        "GET /metrics?name[]=%zz HTTP/1.1 | 400",
        "GET /%z HTTP/1.1 | 400",
        "nonsense | 400",
        "GET / HTTP/1.1 extra | 400",
        "GET /metrics HTTP/2.0 | 505",
      })
  void whateverElseIsAskedIsRefusedInOneLine(String line, int status) throws IOException {
    String response = talk(start(), line + "\r\n" + CLOSE);
    assertStatus(status, response);
    assertEquals(1, body(response).lines().count(), response);
    assertEquals(status == 405, hasHeader(response, "allow"), response);
  }

  @Test
  void aCollectorThatThrowsIsA500WithoutItsTrace() throws IOException {
    GaugeWithCallback.builder()
        .name("probe")
        .callback(
            callback -> {
              throw new IllegalStateException("secret");
            })
        .register(registry);
    InetSocketAddress address = start();
    String response = get(address, "/metrics");
    assertStatus(500, response);
    assertEquals("rendering the metrics failed\n", body(response));
    assertStatus(200, get(address, "/healthz"));
  }
}
