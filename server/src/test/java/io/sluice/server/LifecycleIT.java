package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How a server begins and ends, and that nothing of it is left. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class LifecycleIT {
  private static final int LARGE = 24_000_000;
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  private RunningServer start(String... settings) throws IOException {
    server = RunningServer.start(root, transport, settings);
    return server;
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop();
    }
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("sluice-"))
        .collect(Collectors.toSet());
  }

  private static long openDescriptors() throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    }
  }

  private RawClient download() throws Exception {
    RawClient client = RawClient.connect(server.address(), 8192);
    client.send(RawClient.request("GET", "/images/disk.raw"));
    assertEquals(200, client.readHead().status());
    client.exactly(1000);
    server.awaitMetric(1, "http_requests_in_flight", "endpoint", "image");
    return client;
  }

  @Test
  void aPortThatIsTakenIsNamedAndNothingIsLeftRunning() throws Exception {
    Await.until("others have ended", () -> threads().isEmpty());
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long before = openDescriptors();
      for (String setting : List.of("listen", "metrics-listen")) {
        String where = "127.0.0.1:" + taken.getLocalPort();
        IOException refused =
            assertThrows(
                IOException.class,
                () ->
                    ImageServer.start(
                        RunningServer.config(root, transport, setting + "=" + where)));
        assertTrue(
            refused.getMessage().startsWith(setting + ": " + where + " (expected: "),
            refused.getMessage());
        Await.until("no thread is left", () -> threads().isEmpty());
      }
      Await.until("nothing is open", () -> openDescriptors() <= before);
    }
  }

  @Test
  void aServerThatEndsLetsRunningTransfersFinishAndSaysThatItIsNotReady() throws Exception {
    start();
    byte[] bytes = server.write("images/disk.raw", LARGE);
    InetSocketAddress image = server.address();
    InetSocketAddress metrics = server.metricsAddress();
    try (RawClient running = download();
        RawClient idle = server.client();
        RawClient silent = server.client()) {
      assertEquals(200, idle.get("/readyz").status());
      server.awaitMetric(3, "sluice_connections");
      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(() -> server.image().stop(LONG, new CompletableFuture<>()));
      assertEquals(0, idle.rest().length);
      assertEquals(0, silent.rest().length);
      try (RawClient probe = RawClient.connect(metrics)) {
        RawClient.Response answer = probe.get("/readyz");
        assertEquals(503, answer.status());
        assertTrue(answer.find("Retry-After").isPresent());
        assertEquals(200, probe.get("/healthz").status());
        assertEquals(1, Scrape.of(metrics).sum("http_requests_in_flight"));
      }
      assertThrows(IOException.class, () -> new Socket(image.getAddress(), image.getPort()));
      assertFalse(stopped.isDone());
      assertArrayEquals(Arrays.copyOfRange(bytes, 1000, LARGE), running.exactly(LARGE - 1000));
      assertEquals(0, running.rest().length, "closed after the last byte");
      running.close();
      stopped.get(5, TimeUnit.SECONDS);
      assertThrows(IOException.class, () -> new Socket(metrics.getAddress(), metrics.getPort()));
    }
    assertEquals(0, server.image().openFiles());
  }

  @Test
  void transfersThatDoNotFinishInTimeAreCutOffAndCountedAsShutdown() throws Exception {
    assertCutOff(Duration.ofMillis(300), LONG);
  }

  @Test
  void inAHurryTransfersAreCutOffAtOnce() throws Exception {
    assertCutOff(LONG, Duration.ofMillis(300));
  }

  private void assertCutOff(Duration drain, Duration untilHurry) throws Exception {
    Path log = root.resolve("access.log");
    start("access-log=" + log);
    server.write("images/disk.raw", LARGE);
    try (RawClient running = download()) {
      long begun = System.nanoTime();
      server
          .image()
          .stop(
              drain,
              new CompletableFuture<Void>()
                  .completeOnTimeout(null, untilHurry.toMillis(), TimeUnit.MILLISECONDS));
      long took = System.nanoTime() - begun;
      assertTrue(took > TimeUnit.MILLISECONDS.toNanos(250), "did not wait: " + took);
      assertTrue(took < TimeUnit.SECONDS.toNanos(5), "waited for " + took);
      assertTrue(running.countToTheEnd() < LARGE - 1000);
    }
    // The metrics port is gone by now; the log is told of the same outcome.
    String line = Files.readString(log);
    assertTrue(line.contains("\"outcome\":\"shutdown\""), line);
    assertTrue(line.contains("\"endpoint\":\"image\""), line);
    assertEquals(0, server.image().openFiles());
  }

  @Test
  void whileItDrainsTheMetricsPortShowsWhatIsStillRunning() throws Exception {
    start();
    server.write("images/disk.raw", LARGE);
    try (RawClient running = download();
        RawClient watching = RawClient.connect(server.metricsAddress())) {
      CompletableFuture<Void> hurry = new CompletableFuture<>();
      CompletableFuture<Void> stopped =
          CompletableFuture.runAsync(() -> server.image().stop(LONG, hurry));
      Await.until("it drains", () -> watching.get("/readyz").status() == 503);
      assertEquals(1, Scrape.parse(watching.get("/metrics").text()).sum("sluice_connections"));
      hurry.complete(null);
      running.countToTheEnd();
      stopped.get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aServerCanBeStartedAndStoppedManyTimesWithoutLeavingAnything() throws Exception {
    startUseAndStop();
    Await.until("others have ended", () -> threads().isEmpty());
    long before = openDescriptors();
    for (int i = 0; i < 20; i++) {
      startUseAndStop();
    }
    Await.until("no thread is left", () -> threads().isEmpty());
    Await.until("no descriptor is left", () -> openDescriptors() <= before);
  }

  private void startUseAndStop() throws Exception {
    start();
    server.write("images/disk.raw", 1000);
    try (RawClient client = server.client()) {
      assertEquals(200, client.get("/images/disk.raw").status());
      assertEquals(200, client.get("/metrics").status());
      server.scrape();
    }
    server.close();
  }

  @Test
  void everyRequestGetsOneLineInTheAccessLogWhenItIsOver() throws Exception {
    Path log = root.resolve("access.log");
    start("access-log=" + log);
    server.write("images/disk.raw", LARGE);
    try (RawClient client = server.client()) {
      client.get("/images/disk.raw", "Range: bytes=0-9", "User-Agent: iPXE/1.21.1");
      client.head("/images/disk.raw");
      client.get("/no\"\\");
      client.send("nonsense\r\n\r\n").read();
    }
    try (RawClient leaving = download()) {
      leaving.reset();
    }
    server.awaitMetric(1, "http_requests_aborted_total");
    server.close();
    List<String> lines = Files.readAllLines(log);
    assertEquals(5, lines.size(), lines.toString());
    for (String line : lines) {
      assertTrue(line.startsWith("{\"time\":\"20") && line.endsWith("}"), line);
      assertTrue(line.contains("\"client\":\"127.0.0.1\""), line);
    }
    assertTrue(
        lines.get(0).contains("\"status\":206,\"bytes\":10,")
            && lines.get(0).contains("\"range\":\"bytes=0-9\"")
            && lines.get(0).contains("\"user_agent\":\"iPXE/1.21.1\"")
            && lines.get(0).contains("\"outcome\":\"finished\""),
        lines.get(0));
    assertTrue(lines.get(1).contains("\"method\":\"HEAD\""), lines.get(1));
    assertTrue(lines.get(1).contains("\"bytes\":0,"), lines.get(1));
    assertTrue(lines.get(2).contains("\"target\":\"/no\\\"\\\\\""), lines.get(2));
    assertTrue(lines.get(3).contains("\"status\":400,"), lines.get(3));
    assertTrue(lines.get(4).contains("\"outcome\":\"client_gone\""), lines.get(4));
  }
}
