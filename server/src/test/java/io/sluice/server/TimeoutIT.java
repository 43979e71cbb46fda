package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that takes too long is let go and counted; one that is slow but moves never is. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class TimeoutIT {
  private static final int LARGE = 24_000_000;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        RunningServer.start(
            root, transport, "request-timeout=1", "idle-timeout=1", "stall-timeout=1");
    server.write("images/disk.raw", LARGE);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private void assertTimeouts(String phase, int count) throws Exception {
    server.awaitMetric(count, "sluice_connection_timeouts_total", "phase", phase);
    assertEquals(count, server.scrape().sum("sluice_connection_timeouts_total"));
  }

  @Test
  void aHeadThatNeverEndsIs408AndClosedAndCounted() throws Exception {
    try (RawClient client = server.client();
        RawClient dripping = server.client()) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n");
      dripping.send("G");
      long begun = System.nanoTime();
      CompletableFuture<Void> drips =
          CompletableFuture.runAsync(
              () -> {
                try {
                  while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(2)) {
                    Await.elapse(Duration.ofMillis(100));
                    dripping.send("E");
                  }
                } catch (IOException closed) {
                  // as it has to be
                }
              });
      RawClient.Response answer = client.read();
      assertEquals(408, answer.status());
      assertEquals("close", answer.field("Connection"));
      assertEquals(0, client.rest().length);
      long took = System.nanoTime() - begun;
      assertTrue(took > TimeUnit.MILLISECONDS.toNanos(900), "too early: " + took);
      assertEquals(408, dripping.read().status());
      dripping.countToTheEnd();
      drips.join();
    }
    assertTimeouts("request", 2);
    assertEquals(
        2,
        server
            .scrape()
            .sum("http_requests_aborted_total", "endpoint", "other", "reason", "timeout"));
  }

  @Test
  void aHeadThatBeganTogetherWithTheRequestBeforeItHasNoMoreTimeThanAnyOther() throws Exception {
    try (RawClient client = server.client()) {
      client.send(RawClient.request("GET", "/healthz") + "GET /healthz HT");
      assertEquals(200, client.read().status());
      assertEquals(408, client.read().status());
      assertEquals(0, client.rest().length);
    }
    assertTimeouts("request", 1);
  }

  @Test
  void aBodyThatNeverEndsIs408AndClosedAndCounted() throws Exception {
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", "/images/disk.raw", "Content-Length: 100") + "half");
      assertEquals(408, client.read().status());
      assertEquals(0, client.rest().length);
    }
    assertTimeouts("request", 1);
    Scrape scrape = server.scrape();
    assertEquals(
        1,
        scrape.sum("http_requests_total", "endpoint", "image", "status", "408")
            + scrape.sum("http_requests_aborted_total", "endpoint", "image", "reason", "timeout"));
  }

  @Test
  void aConnectionThatSaysNothingIsClosedAndSoIsOneThatFallsSilent() throws Exception {
    try (RawClient silent = server.client();
        RawClient idle = server.client()) {
      assertEquals(200, idle.get("/healthz").status());
      assertEquals(0, idle.rest().length);
      assertEquals(0, silent.rest().length);
    }
    assertTimeouts("idle", 2);
    assertEquals(0, server.scrape().sum("http_requests_aborted_total"), "no request was there");
  }

  @Test
  void aConnectionInUseIsNotIdleAndOneThatIsBeingClosedIsNotStuck() throws Exception {
    try (RawClient client = server.client();
        RawClient leaving = server.client()) {
      assertEquals(200, leaving.get("/healthz", "Connection: close").status());
      for (int i = 0; i < 3; i++) {
        Await.elapse(Duration.ofMillis(450));
        assertEquals(200, client.get("/healthz").status());
      }
    }
    assertTimeouts("idle", 0);
  }

  @Test
  void aClientThatReadsNothingIsClosedAndCounted() throws Exception {
    try (RawClient stuck = RawClient.connect(server.address(), 8192);
        RawClient pipelining = RawClient.connect(server.address(), 8192)) {
      stuck.send(RawClient.request("GET", "/images/disk.raw"));
      pipelining.send(RawClient.request("GET", "/images/disk.raw").repeat(3));
      // What was sent behind another request is no request before its turn.
      server.awaitMetric(
          2, "http_requests_aborted_total", "endpoint", "image", "reason", "timeout");
      assertTrue(stuck.countToTheEnd() < LARGE);
    }
    assertTimeouts("stall", 2);
    assertEquals(2, server.scrape().sum("http_requests_aborted_total"));
  }

  @Test
  void aClientThatIsSlowButMovesIsNeverCut() throws Exception {
    // The JDK does not tell what the kernel knows of a connection; there, progress shows only when
    // a good part of the socket's buffer has been taken, which lasts longer than a second here.
    assumeTrue(transport != Transport.NIO);
    CompletableFuture<Void> crawling =
        CompletableFuture.runAsync(() -> survive(4096, 4096, Duration.ofMillis(250)));
    // A client tells its peer that it has read something when that makes room for a segment, which
    // is 64 KiB long on the loopback device; a smaller buffer makes every read worth telling.
    survive(32 * 1024, 64 * 1024, Duration.ofMillis(700));
    crawling.join();
    assertTimeouts("stall", 0);
  }

  /** Reads slowly for several times the time-out, then the rest at once. */
  private void survive(int receiveBuffer, int piece, Duration pause) {
    try (RawClient slow = RawClient.connect(server.address(), receiveBuffer)) {
      slow.send(RawClient.request("GET", "/images/disk.raw"));
      slow.readHead();
      int got = 0;
      long begun = System.nanoTime();
      while (System.nanoTime() - begun < Duration.ofMillis(3500).toNanos()) {
        slow.exactly(piece);
        got += piece;
        Await.elapse(pause);
      }
      slow.exactly(LARGE - got);
      assertEquals(200, slow.get("/healthz").status());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
