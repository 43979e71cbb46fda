package io.sluice.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsServerIT {
  private static final byte[] PAGE = "<!doctype html><title>status</title>".getBytes(US_ASCII);
  private static final String CLOSE = "Host: h\r\nConnection: close\r\n\r\n";
  private static final int TIMEOUT_MILLIS = 20_000;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AtomicBoolean ready = new AtomicBoolean(true);
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
  }

  private MetricsServer start(InetSocketAddress bind, MetricsPages pages) throws IOException {
    MetricsServer server =
        new MetricsServer(bind, NioIoHandler.newFactory(), NioServerSocketChannel.class, pages);
    open.add(server);
    server.start();
    return server;
  }

  private InetSocketAddress start(MetricsPages pages) throws IOException {
    return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), pages).address();
  }

  private InetSocketAddress start() throws IOException {
    Gauge.builder().name("level").help("Level.").register(registry).set(3);
    return start(new MetricsPages(renderer(), ready::get, PAGE));
  }

  private MetricsRenderer renderer() {
    return new MetricsRenderer(registry, new MetricsRenderer.Format("", true, true));
  }

  private Socket send(InetSocketAddress address, String request) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    open.add(socket);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    return socket;
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  /** Everything the server sends until it closes the connection. */
  private String talk(InetSocketAddress address, String request) throws IOException {
    return readAll(send(address, request));
  }

  private String get(InetSocketAddress address, String target) throws IOException {
    return talk(address, "GET " + target + " HTTP/1.1\r\n" + CLOSE);
  }

  private static String body(String response) {
    return response.substring(response.indexOf("\r\n\r\n") + 4);
  }

  private static void assertStatus(int status, String response) {
    assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
  }

  private static boolean hasHeader(String response, String name) {
    String head = response.substring(0, response.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
    return head.contains("\r\n" + name + ": ");
  }

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
  void aClientThatClosesItsSendingSideStillGetsItsScrape() throws IOException {
    Socket socket = send(start(), "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.shutdownOutput();
    String response = readAll(socket);
    assertStatus(200, response);
    assertTrue(response.endsWith("level 3.0\n"), response);
  }

  @Test
  void repeatedSlashesAndAnAbsoluteFormAreUnderstood() throws IOException {
    InetSocketAddress address = start();
    assertStatus(200, get(address, "//healthz"));
    assertStatus(200, get(address, "https://host/healthz"));
    assertStatus(200, get(address, "HTTP://host/healthz"));
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
  void aRequestNeedsOneHost() throws IOException {
    InetSocketAddress address = start();
    assertStatus(400, talk(address, "GET /healthz HTTP/1.1\r\n\r\n"));
    assertStatus(400, talk(address, "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"));
  }

  @Test
  void linesAndHeadersAreBounded() throws IOException {
    InetSocketAddress address = start();
    String filler = "x".repeat(9000);
    assertStatus(414, talk(address, "GET /" + filler + " HTTP/1.1\r\n" + CLOSE));
    assertStatus(431, talk(address, "GET / HTTP/1.1\r\nX: " + filler + "\r\n" + CLOSE));
  }

  @Test
  void requestsThatComeInByteByByteAreAnswered() throws IOException {
    Socket socket = send(start(), "");
    socket.setTcpNoDelay(true);
    String requests = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /readyz HTTP/1.1\r\n" + CLOSE;
    for (byte one : requests.getBytes(US_ASCII)) {
      socket.getOutputStream().write(one);
    }
    String answers = readAll(socket);
    assertTrue(answers.contains("\r\n\r\nok\nHTTP/1.1 200 OK\r\n"), answers);
    assertTrue(answers.endsWith("\r\n\r\nready\n"), answers);
  }

  @Test
  void aRequestWithABodyIsAnsweredAndTheConnectionClosed() throws IOException {
    String response =
        talk(start(), "POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    assertStatus(405, response);
    assertTrue(response.contains("\r\nconnection: close\r\n"), response);
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    String keep = " HTTP/1.1\r\nHost: h\r\n\r\n";
    String response =
        talk(
            start(),
            "GET /metrics?name[]=level"
                + keep
                + "GET /healthz"
                + keep
                + "PUT /metrics"
                + keep
                + "GET /nothing"
                + keep
                + "GET /readyz HTTP/1.1\r\n"
                + CLOSE);
    List<String> answers =
        response
            .lines()
            .filter(line -> line.startsWith("HTTP/1.1 ") || line.matches("level.*|ok|ready"))
            .toList();
    assertEquals(
        List.of(
            "HTTP/1.1 200 OK",
            "level 3.0",
            "HTTP/1.1 200 OK",
            "ok",
            "HTTP/1.1 405 Method Not Allowed",
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 200 OK",
            "ready"),
        answers);
  }

  @Test
  void http10ClosesUnlessItAsksToStay() throws IOException {
    InetSocketAddress address = start();
    assertStatus(200, talk(address, "GET /healthz HTTP/1.0\r\n\r\n"));
    String two =
        talk(
            address,
            "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /readyz HTTP/1.0\r\n\r\n");
    assertTrue(two.contains("\r\nconnection: keep-alive\r\n"), two);
    assertTrue(two.endsWith("ready\n"), two);
  }

  @Test
  void eachKindOfWorkHasItsOwnThread() throws IOException {
    AtomicReference<String> rendering = new AtomicReference<>();
    AtomicReference<String> asking = new AtomicReference<>();
    GaugeWithCallback.builder()
        .name("probe")
        .callback(callback -> rendering.set(Thread.currentThread().getName()))
        .register(registry);
    InetSocketAddress address =
        start(
            new MetricsPages(
                renderer(),
                () -> {
                  asking.set(Thread.currentThread().getName());
                  return true;
                },
                null));
    assertStatus(200, get(address, "/metrics"));
    assertStatus(200, get(address, "/readyz"));
    assertEquals("sluice-metrics-render", rendering.get());
    assertEquals("sluice-metrics-loop", asking.get());
  }

  @Test
  void aStuckScrapeFillsTheQueueAndTheLoopStillAnswers() throws IOException {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    GaugeWithCallback.builder()
        .name("probe")
        .callback(
            callback -> {
              stuck.countDown();
              Await.latch(release);
            })
        .register(registry);
    InetSocketAddress address = start();
    List<Socket> scrapes = new ArrayList<>();
    String scrape = "GET /metrics HTTP/1.1\r\n" + CLOSE;
    scrapes.add(send(address, scrape));
    Await.latch(stuck);
    int tooMany = 4;
    for (int i = 0; i < MetricsServer.MAX_WAITING_SCRAPES + tooMany; i++) {
      scrapes.add(send(address, scrape));
    }
    Await.until("those too many are refused", () -> answered(scrapes) == tooMany);
    assertStatus(200, get(address, "/healthz"));
    release.countDown();
    int refused = 0;
    for (Socket socket : scrapes) {
      String answer = readAll(socket);
      boolean unavailable = answer.startsWith("HTTP/1.1 503 ");
      assertEquals(unavailable, hasHeader(answer, "retry-after"), answer);
      assertEquals(!unavailable, answer.startsWith("HTTP/1.1 200 "), answer);
      refused += unavailable ? 1 : 0;
    }
    assertEquals(tooMany, refused);
  }

  private static long answered(List<Socket> sockets) {
    return sockets.stream().filter(MetricsServerIT::hasAnswer).count();
  }

  private static boolean hasAnswer(Socket socket) {
    try {
      return socket.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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

  @Test
  void aTakenAddressIsNamed() throws IOException {
    InetSocketAddress taken = start();
    BindException refusal =
        assertThrows(
            BindException.class,
            () -> start(taken, new MetricsPages(renderer(), ready::get, null)));
    assertTrue(
        refusal.getMessage().contains(taken.getHostString() + ":" + taken.getPort()),
        refusal.getMessage());
  }

  @Test
  void aClosedServerLetsGoOfItsAddressItsConnectionsAndItsThreads() throws IOException {
    MetricsPages pages = new MetricsPages(renderer(), ready::get, null);
    MetricsServer server = start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), pages);
    InetSocketAddress address = server.address();
    Socket idle = send(address, "");
    assertThrows(IllegalStateException.class, server::start);
    assertStatus(200, get(address, "/metrics"));
    server.close();
    server.close();
    assertEquals("", readAll(idle));
    assertThrows(IllegalStateException.class, server::address);
    Await.until(
        "both threads are gone",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("sluice-metrics-")));
    start(address, pages);
    assertStatus(200, get(address, "/healthz"));
  }
}
