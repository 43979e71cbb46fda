package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a client, and of what it holds, while it waits for its stream. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class HeldClientIT extends StreamingClients {
  @Test
  void whoWaitedAsLongAsARequestIsHeldGets503AndKeepsItsConnection() throws Exception {
    start("max-streams=1", "admission-wait=1");
    try (RawClient running = begun(HERE);
        RawClient held = server.client()) {
      long begun = System.nanoTime();
      retryAfter(held.get(IMAGE));
      assertTrue(System.nanoTime() - begun >= TimeUnit.SECONDS.toNanos(1));
      assertEquals(1, rejected("waited_too_long"));
      assertEquals(200, held.get("/healthz").status());
      assertEquals(1, server.scrape().sum("http_requests_total", "status", "503"));
      finish(running);
      awaitStreams(0);
      assertArrayEquals(bytes, held.get(IMAGE).body());
    }
  }

  @Test
  void whoIsResetWhileItIsHeldGivesUpItsPlaceAndItsFile() throws Exception {
    start("max-streams=1");
    byte[] other = server.write("images/other.raw", 2 * MIB);
    try (RawClient running = begun(HERE)) {
      RawClient gone = ask(HERE, "/images/other.raw");
      awaitHeld(1);
      assertEquals(2, server.image().openFiles());
      gone.reset();
      awaitHeld(0);
      Await.until("its file is closed", () -> server.image().openFiles() == 1);
      server.awaitMetric(
          1, "http_requests_aborted_total", "endpoint", "image", "reason", "client_gone");
      try (RawClient next = ask(HERE, "/images/other.raw")) {
        awaitHeld(1);
        finish(running);
        assertArrayEquals(other, next.read().body());
      }
    }
  }

  @Test
  void whoHangsUpWhileItIsHeldGivesUpItsPlaceAndItsFile() throws Exception {
    start("max-streams=1");
    server.write("images/other.raw", 2 * MIB);
    try (RawClient running = begun(HERE)) {
      RawClient gone = ask(HERE, "/images/other.raw");
      awaitHeld(1);
      gone.close();
      Await.until("its file is closed", () -> server.image().openFiles() == 1);
      awaitHeld(0);
      finish(running);
    }
  }

  @Test
  void whoHasEndedItsOutputIsServedWhenItNeedNotWaitAndIsGoneWhenItWouldHaveTo() throws Exception {
    start("max-streams=1");
    try (RawClient running = ask(HERE, IMAGE).endOutput()) {
      begun(running);
      try (RawClient late = ask(HERE, IMAGE).endOutput()) {
        assertEquals(0, late.rest().length);
      }
      awaitHeld(0);
      finish(running);
    }
  }

  @Test
  void whoSaidSomethingAheadOfItsAnswerIsHeldLikeAnybody() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE);
        RawClient held = ask(HERE, IMAGE)) {
      awaitHeld(1);
      held.send(RawClient.request("GET", "/healthz"));
      finish(running);
      begun(held);
      finish(held);
      assertEquals(200, held.read().status());
    }
  }

  @Test
  void atTheEndWhoeverIsHeldIsTurnedAwayAndWhoRunsMayFinish() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE);
        RawClient held = ask(HERE, IMAGE);
        RawClient second = ask(HERE, IMAGE)) {
      awaitHeld(2);
      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(
              () -> server.image().stop(Duration.ofSeconds(20), new CompletableFuture<>()));
      for (RawClient client : new RawClient[] {held, second}) {
        RawClient.Response answer = client.read();
        retryAfter(answer);
        assertEquals("close", answer.field("Connection"));
        assertEquals(0, client.rest().length);
        client.close();
      }
      assertFalse(stopped.isDone());
      assertEquals(2, rejected("shutdown"));
      finish(running);
      assertEquals(0, running.rest().length);
      running.close();
      stopped.get(10, TimeUnit.SECONDS);
    }
    assertEquals(0, server.image().openFiles());
    server.stop();
  }

  @Test
  void whoIsHeldIsNotAStalledClient() throws Exception {
    start(
        "max-streams=1",
        "stream-limit=5M",
        "stall-timeout=1",
        "request-timeout=1",
        "idle-timeout=1");
    try (RawClient running = server.client();
        RawClient held = server.client()) {
      running.send(RawClient.request("GET", IMAGE, "Range: bytes=0-14999999"));
      running.readHead();
      held.send(RawClient.request("GET", IMAGE, "Range: bytes=0-1999999"));
      awaitHeld(1);
      running.exactly(13_000_000);
      assertFalse(held.hasBytes());
      awaitHeld(1);
      running.exactly(2_000_000);
      assertArrayEquals(Arrays.copyOf(bytes, 2_000_000), held.read().body());
    }
    for (String phase : new String[] {"request", "stall"}) {
      assertEquals(0, server.scrape().sum("sluice_connection_timeouts_total", "phase", phase));
    }
  }
}
