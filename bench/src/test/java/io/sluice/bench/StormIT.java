package io.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.bench.report.Report;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StormIT {
  private static final String CHUNKED =
      """
      HTTP/1.1 200 OK
      Transfer-Encoding: chunked

      4;ext=1
      Wiki
      6
      pedia\s
      0
      Trailer: x

      """
          .replace("\n", "\r\n");

  @TempDir Path directory;
  private final Rehearsal rehearsal = new Rehearsal();

  private Report storm(String url, String... more) throws IOException {
    return rehearsal.storm(directory, url, more);
  }

  @Test
  void aWholeBootIsMeasuredStageByStage() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) ->
                StubServer.ok(socket, path.startsWith("/boot/") ? 512 : 200_000))) {
      Report report =
          storm(
              server.url(),
              "--script=/boot/{mac}",
              "--kernel=/kernel",
              "--initrd=/initrd",
              "--image=/image",
              "--completion=/done/{n}",
              "--machines=20",
              "--probe-rate=0");
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      for (String name : List.of("script", "kernel", "initrd", "image", "completion")) {
        assertEquals(20, Rehearsal.stage(report, name).done(), name);
        assertEquals(20, Rehearsal.stage(report, name).whole().count(), name);
      }
      assertEquals(20 * 200_000, Rehearsal.stage(report, "image").goodBytes());
      assertEquals(100, server.requests());
      assertEquals(60, server.connections(), "script, image and completion each have their own");
      assertEquals(100, report.results().get(0).timeline().spans().size());
      assertEquals("stub", report.targets().get(0).server());
    }
  }

  @Test
  void chunkedBodiesAndThoseThatEndWithTheConnectionAreRead() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              if (path.equals("/kernel")) {
                StubServer.say(socket, CHUNKED);
                return true;
              }
              StubServer.say(socket, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
              return false;
            })) {
      Report report = storm(server.url(), "--kernel=/kernel", "--image=/image", "--machines=3");
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertEquals(30, Rehearsal.stage(report, "kernel").goodBytes());
      assertEquals(39, Rehearsal.stage(report, "image").goodBytes());
    }
  }

  @Test
  void machinesComeBackWhenTheyAreTold() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              if (n < 4) {
                StubServer.say(
                    socket, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n");
                return true;
              }
              return StubServer.ok(socket, 1000);
            })) {
      Report report = storm(server.url() + "/image", "--machines=4");
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertEquals(4, Rehearsal.stage(report, "image").toldToWait());
      assertEquals(4, Rehearsal.stage(report, "image").done());
      assertTrue(
          Rehearsal.stage(report, "image").whole().p50() >= 1000, "the wait is part of the boot");
      assertEquals(4, server.connections(), "as iPXE does, on the same connection");
    }
  }

  @Test
  void machinesThatVanishAreCountedAsThatAndFailNothing() throws IOException {
    for (String how : List.of("silence", "reset")) {
      try (StubServer server =
          new StubServer((path, n, socket) -> StubServer.ok(socket, 400_000))) {
        Report report =
            storm(server.url() + "/image", "--machines=10", "--vanish=1", "--vanish-by=" + how);
        assertEquals(0, rehearsal.exit(), rehearsal.said());
        assertEquals(10, Rehearsal.stage(report, "image").vanished(), how);
        assertEquals(0, Rehearsal.stage(report, "image").whole().count(), how);
      }
    }
  }

  @Test
  void aBoundedMachineTakesAsLongAsItsRateSays() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 500_000))) {
      Report report = storm(server.url() + "/image", "--machines=5", "--machine-rate=1M");
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      double millis = Rehearsal.stage(report, "image").whole().p50();
      assertTrue(millis > 350 && millis < 1500, millis + " ms for 0.5 MB at 1 MB/s");
    }
  }

  @Test
  void aStormOfSomeTimeBootsMachinesAgainAndCutsOffTheLast() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 1000))) {
      Report report = storm(server.url() + "/image", "--machines=3", "--for=500ms");
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertTrue(Rehearsal.stage(report, "image").done() > 10);
      assertTrue(report.results().get(0).bytesPerSecond().median() > 0);
      assertEquals(0.5, report.results().get(0).rounds().get(0).seconds(), 0.3);
    }
  }

  @Test
  void aStallShowsInTheProbesThatWereDueMeanwhile() throws IOException {
    long began = System.nanoTime();
    // A tenth of the scale: nothing is answered for 100 ms of every 500 ms.
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              awaitEndOfStall(began);
              return StubServer.ok(socket, 512);
            })) {
      Report report =
          storm(
              server.url(),
              "--image=/image",
              "--machines=1",
              "--for=2s",
              "--probe=/script",
              "--probe-rate=200/s");
      Report.Probe probe = report.results().get(0).probe();
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertTrue(probe.sent() >= 350, "sent " + probe.sent());
      assertTrue(probe.fromDue().p99() > 70, "p99 " + probe.fromDue().p99());
      assertTrue(probe.fromDue().p90() > 20, "a tenth of all probes waited longer than half");
      assertTrue(probe.fromDue().p50() < 50, "p50 " + probe.fromDue().p50());
    }
  }

  private static void awaitEndOfStall(long began) {
    long period = TimeUnit.MILLISECONDS.toNanos(500);
    long stall = TimeUnit.MILLISECONDS.toNanos(100);
    for (long in = (System.nanoTime() - began) % period;
        in < stall;
        in = (System.nanoTime() - began) % period) {
      java.util.concurrent.locks.LockSupport.parkNanos(stall - in);
    }
  }

  @Test
  void twoTargetsAreComparedAndSpawnedOnesEnded() throws IOException {
    try (StubServer quick = new StubServer((path, n, socket) -> StubServer.ok(socket, 1000));
        StubServer other = new StubServer((path, n, socket) -> StubServer.ok(socket, 2000))) {
      Report report =
          storm(
              quick.url() + "/a",
              "--target=other=" + other.url() + "/b",
              "--machines=1,3",
              "--rounds=3",
              "--baseline=other",
              "--html=" + directory.resolve("page.html"));
      assertEquals(0, rehearsal.exit(), rehearsal.said());
      assertEquals(4, report.results().size());
      assertEquals(3, report.results().get(0).rounds().size());
      assertEquals(1.0, report.results().get(1).ratio());
      assertEquals(2, report.standings().size());
      assertTrue(rehearsal.said().contains("different lengths"), rehearsal.said());
      String page = Files.readString(directory.resolve("page.html"));
      assertFalse(page.contains("src=") || page.contains("@import"), "needs nothing else");
      assertTrue(page.contains("\"sluice-bench/1\""));
    }
  }

  @Test
  void theServersHistogramsStandBesideTheMachines() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) ->
                path.equals("/metrics") ? metrics(socket, n) : StubServer.ok(socket, 1000))) {
      Report report =
          storm(
              server.url() + "/image",
              "--machines=5",
              "--metrics=stub=" + server.url() + "/metrics");
      Report.TwoViews views = report.results().get(0).rounds().get(0).sameView().get("image");
      assertEquals(5, views.clientCount());
      assertEquals(6, views.serverCount());
      assertEquals(5, views.serverP50(), 0.01);
      assertTrue(views.clientP50() > 0);
    }
  }

  private static boolean metrics(Socket socket, int n) throws IOException {
    String series = "http_request_duration_seconds_bucket{endpoint=\"image\",le=\"";
    String body =
        series + "0.01\"} " + n + "\n" + series + "+Inf\"} " + n + "\nhttp_requests_in_flight 2\n";
    StubServer.say(
        socket, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    return true;
  }

  @Test
  void oneTargetHasNoRatio() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 10))) {
      assertNull(storm(server.url() + "/image").results().get(0).ratio());
    }
  }
}
