package io.sluice.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The metrics port's connections, threads and address, whatever it is asked. */
class MetricsServerIT extends ServedMetrics {
  @Test
  void aClientThatClosesItsSendingSideStillGetsItsScrape() throws IOException {
    Socket socket = send(start(), "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.shutdownOutput();
    String response = readAll(socket);
    assertStatus(200, response);
    assertTrue(response.endsWith("level 3.0\n"), response);
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
