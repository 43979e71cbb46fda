package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.egress.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may stream an image, who waits for it and how, and who never waits. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class AdmissionIT {
  private static final int LARGE = 24_000_000;
  private static final int MIB = 1024 * 1024;
  private static final int BEGUN = 1000;
  private static final String IMAGE = "/images/disk.raw";
  private static final String IPXE = "User-Agent: iPXE/1.0.0+";
  private static final String HERE = "127.0.0.1";

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private byte[] bytes;

  private void start(String... settings) throws IOException {
    server = RunningServer.start(root, transport, settings);
    bytes = server.write("images/disk.raw", LARGE);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private RawClient ask(String from, String target, String... fields) throws IOException {
    return RawClient.connect(server.address(), 8192, from)
        .send(RawClient.request("GET", target, fields));
  }

  /** A client whose stream has begun, and does not go on until it is finished. */
  private RawClient begun(String from) throws IOException {
    RawClient client = ask(from, IMAGE);
    return begun(client);
  }

  private RawClient begun(RawClient client) throws IOException {
    assertEquals(200, client.readHead().status());
    assertArrayEquals(Arrays.copyOf(bytes, BEGUN), client.exactly(BEGUN));
    return client;
  }

  private void finish(RawClient client) throws IOException {
    assertArrayEquals(Arrays.copyOfRange(bytes, BEGUN, LARGE), client.exactly(LARGE - BEGUN));
  }

  private void awaitHeld(int count) throws Exception {
    server.awaitMetric(count, "sluice_admission_waiting", "how", "held");
  }

  private void awaitStreams(int count) throws Exception {
    server.awaitMetric(count, "sluice_streams");
  }

  private double rejected(String reason) throws IOException {
    return server.scrape().sum("sluice_admission_rejected_total", "reason", reason);
  }

  private static int retryAfter(RawClient.Response answer) {
    assertEquals(503, answer.status());
    String seconds = answer.field("Retry-After");
    assertTrue(seconds.matches("[1-9]\\d{0,2}"), seconds);
    assertTrue(answer.text().matches("[ -~]+\\(expected: [ -~]+\\)\n"), answer.text());
    return Integer.parseInt(seconds);
  }

  @Test
  void overTheLimitConnectionsAreHeldWithoutAByteAndServedInOrderOfArrival() throws Exception {
    start("max-streams=2");
    try (RawClient first = begun(HERE);
        RawClient second = begun(HERE);
        RawClient third = ask(HERE, IMAGE)) {
      awaitHeld(1);
      try (RawClient fourth = ask(HERE, IMAGE)) {
        awaitHeld(2);
        assertEquals(2, server.scrape().sum("sluice_streams"));
        assertEquals(2, server.scrape().sum("sluice_limit", "limit", "max_streams"));
        assertFalse(third.hasBytes() || fourth.hasBytes());
        finish(second);
        begun(third);
        awaitHeld(1);
        assertFalse(fourth.hasBytes());
        finish(first);
        begun(fourth);
        finish(fourth);
        finish(third);
        assertEquals(200, fourth.get("/healthz").status(), "the connection is used again");
        second.send(RawClient.request("GET", IMAGE));
        begun(second);
        finish(second);
      }
    }
    awaitStreams(0);
    awaitHeld(0);
    assertEquals(5, server.scrape().sum("sluice_admission_wait_seconds_count"));
    assertEquals(0, server.scrape().sum("sluice_admission_rejected_total"));
  }

  @Test
  void withoutLimitsNobodyWaitsAndStreamsAreCountedAllTheSame() throws Exception {
    start();
    try (RawClient first = begun(HERE);
        RawClient second = begun(HERE);
        RawClient ipxe = begun(ask(HERE, IMAGE, IPXE))) {
      awaitStreams(3);
      assertFalse(server.scrape().has("sluice_limit"));
      first.reset();
      second.reset();
      awaitStreams(1);
      finish(ipxe);
      awaitStreams(0);
    }
  }

  @Test
  void ipxeIsToldWhenToComeBackAndGetsItsPlaceOnTheSameConnection() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE);
        RawClient ipxe = server.client()) {
      retryAfter(ipxe.get(IMAGE, IPXE));
      server.awaitMetric(1, "sluice_admission_waiting", "how", "expected");
      assertEquals(1, rejected("come_back"));
      finish(running);
      awaitStreams(0);
      assertArrayEquals(bytes, ipxe.get(IMAGE, IPXE).body());
      server.awaitMetric(0, "sluice_admission_waiting");
    }
  }

  @Test
  void ipxeThatComesBackOnANewConnectionIsServedBeforeThoseWhoCameAfterIt() throws Exception {
    start("max-streams=1");
    try (RawClient running = begun(HERE)) {
      // Little is left of it, so that its place is expected to be free within seconds.
      running.exactly(18_000_000);
      int told;
      try (RawClient ipxe = server.client()) {
        told = retryAfter(ipxe.get(IMAGE, IPXE));
      }
      try (RawClient later = ask(HERE, IMAGE)) {
        awaitHeld(1);
        server.awaitMetric(1, "sluice_admission_waiting", "how", "expected");
        Await.elapse(Duration.ofSeconds(told));
        try (RawClient again = ask(HERE, IMAGE, IPXE)) {
          awaitHeld(2);
          assertFalse(again.hasBytes() || later.hasBytes());
          running.exactly(LARGE - BEGUN - 18_000_000);
          begun(again);
          awaitHeld(1);
          assertFalse(later.hasBytes());
          finish(again);
        }
        begun(later);
        finish(later);
      }
    }
    assertEquals(1, rejected("come_back"));
  }

  @Test
  void onlyImagesFromAMebibyteOnWait() throws Exception {
    start("max-streams=1");
    byte[] asset = server.write("boot/x86_64/initrd", 3 * MIB);
    byte[] small = server.write("images/small.raw", MIB - 1);
    server.write("os/debian/amd64.img", 2 * MIB);
    try (RawClient running = begun(HERE);
        RawClient client = server.client();
        RawClient range = ask(HERE, IMAGE, "Range: bytes=5-" + (MIB + 4));
        RawClient system = ask(HERE, "/os/debian/amd64")) {
      awaitHeld(2);
      assertEquals(200, client.head(IMAGE).status());
      assertEquals(200, client.head(IMAGE, IPXE).status());
      assertArrayEquals(asset, client.get("/boot/x86_64/initrd").body());
      assertArrayEquals(asset, client.get("/boot/x86_64/initrd", IPXE).body());
      assertArrayEquals(small, client.get("/images/small.raw").body());
      assertArrayEquals(
          Arrays.copyOfRange(bytes, 7, MIB + 6),
          client.get(IMAGE, "Range: bytes=7-" + (MIB + 5)).body());
      assertEquals(304, client.get(IMAGE, "If-None-Match: *").status());
      assertEquals(416, client.get(IMAGE, "Range: bytes=" + LARGE + "-").status());
      assertEquals(404, client.get("/images/none.raw").status());
      assertFalse(range.hasBytes() || system.hasBytes());
      finish(running);
      assertArrayEquals(Arrays.copyOfRange(bytes, 5, MIB + 5), range.read().body());
      assertEquals(2 * MIB, system.read().body().length);
    }
  }

  @Test
  void aClientHasNoMoreStreamsThanOneClientMayAndOthersPassIt() throws Exception {
    start("max-streams-per-client=1");
    try (RawClient first = begun("127.0.0.2");
        RawClient second = ask("127.0.0.2", IMAGE + "?mac=525400123456");
        RawClient other = begun("127.0.0.3")) {
      awaitHeld(1);
      assertFalse(second.hasBytes());
      try (RawClient ipxe = RawClient.connect(server.address(), 0, "127.0.0.3")) {
        retryAfter(ipxe.get(IMAGE, IPXE));
        finish(other);
        awaitStreams(1);
        assertFalse(second.hasBytes());
        assertArrayEquals(bytes, ipxe.get(IMAGE, IPXE).body());
      }
      finish(first);
      begun(second);
      finish(second);
    }
    awaitStreams(0);
  }

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
  void aQueryThatCannotBeReadKeepsNobodyFromItsImage() throws Exception {
    start("max-streams=1");
    byte[] asset = server.write("boot/x86_64/initrd", MIB);
    try (RawClient client = server.client()) {
      assertArrayEquals(bytes, client.get(IMAGE + "?mac=%zz").body());
      assertArrayEquals(asset, client.get("/boot/x86_64/initrd?mac=%").body());
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
