package io.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.bench.report.JsonDocument;
import io.sluice.bench.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

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
  private int exit;
  private String said = "";

  private Report storm(String url, String... more) throws IOException {
    Path json = directory.resolve("report.json");
    List<String> arguments =
        new ArrayList<>(List.of("storm", "--target", "stub=" + url, "--json", json.toString()));
    arguments.addAll(List.of(more));
    StringWriter out = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
    exit = line.execute(arguments.toArray(String[]::new));
    said = out.toString();
    return JsonDocument.read(json);
  }

  private static Report.Stage stage(Report report, String name) {
    return report.results().get(0).stages().stream()
        .filter(stage -> stage.stage().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private void assertOnlyFailure(Report report, String name, String label, long count) {
    Report.Stage stage = stage(report, name);
    assertEquals(Map.of(label, count), countsOf(stage), said);
    assertEquals(0, stage.done());
    assertEquals(0, stage.whole().count());
    assertEquals(0, stage.firstByte().count());
    assertEquals(0, stage.goodBytes());
    assertEquals(0, report.results().get(0).bytesPerSecond().median());
    assertTrue(report.standings().stream().noneMatch(s -> s.measure().startsWith("throughput")));
    assertEquals(1, exit);
    assertTrue(said.contains(label), said);
  }

  private static Map<String, Long> countsOf(Report.Stage stage) {
    Map<String, Long> counts = new java.util.HashMap<>();
    stage.failures().forEach((label, failure) -> counts.put(label, failure.count()));
    return counts;
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
      assertEquals(0, exit, said);
      for (String name : List.of("script", "kernel", "initrd", "image", "completion")) {
        assertEquals(20, stage(report, name).done(), name);
        assertEquals(20, stage(report, name).whole().count(), name);
      }
      assertEquals(20 * 200_000, stage(report, "image").goodBytes());
      assertEquals(100, server.requests());
      assertEquals(60, server.connections(), "script, image and completion each have their own");
      assertEquals(100, report.results().get(0).timeline().spans().size());
      assertEquals("stub", report.targets().get(0).server());
    }
  }

  @Test
  void aTargetThatRefusesIsReportedAsRefusing() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Report report = storm("http://127.0.0.1:" + port + "/image", "--machines=5");
    assertOnlyFailure(report, "image", "refused", 5);
  }

  @Test
  void aStatusOf404IsAFailureOfItsStageAndLaterOnesAreNotAsked() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(
                  socket,
                  "HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n" + "n".repeat(100_000));
              return true;
            })) {
      Report report =
          storm(server.url(), "--script=/s", "--image=/i", "--machines=5", "--probe-rate=0");
      assertOnlyFailure(report, "script", "status 404", 5);
      assertEquals(0, stage(report, "image").began());
    }
  }

  @Test
  void aStatusOf500AndOfARedirectAreFailures() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(socket, "HTTP/1.1 " + (n == 0 ? 302 : 500) + " No\r\n\r\n");
              return false;
            })) {
      Report report = storm(server.url() + "/image", "--machines=2");
      assertEquals(
          Map.of("status 302", 1L, "status 500", 1L), countsOf(stage(report, "image")), said);
    }
  }

  @Test
  void aBodyThatEndsEarlyIsAWrongLength() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(
                  socket,
                  "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + "x".repeat(400_000));
              return false;
            })) {
      Report report = storm(server.url() + "/image", "--machines=5");
      assertOnlyFailure(report, "image", "wrong length", 5);
    }
  }

  @Test
  void aBodyThatGoesOnTooLongIsAWrongLength() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(
                  socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + "x".repeat(11));
              return true;
            })) {
      Report report = storm(server.url() + "/image", "--machines=5");
      assertOnlyFailure(report, "image", "wrong length", 5);
    }
  }

  @Test
  void aLengthOtherThanTheExpectedOneIsAWrongLength() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 1000))) {
      Report report = storm(server.url() + "/image", "--machines=5", "--expect=image=1001");
      assertOnlyFailure(report, "image", "wrong length", 5);
    }
  }

  @Test
  void aLengthOtherThanThatOfTheMachineBeforeIsAWrongLength() throws IOException {
    try (StubServer server =
        new StubServer((path, n, socket) -> StubServer.ok(socket, n == 3 ? 999 : 1000))) {
      Report report = storm(server.url() + "/image", "--machines=6", "--arrival=rate:100/s");
      assertEquals(Map.of("wrong length", 1L), countsOf(stage(report, "image")));
      assertEquals(5, stage(report, "image").done());
    }
  }

  @Test
  void aResetIsReportedAsOne() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nxxx");
              socket.setSoLinger(true, 0);
              return false;
            })) {
      Report report = storm(server.url() + "/image", "--machines=5");
      assertOnlyFailure(report, "image", "reset", 5);
    }
  }

  @Test
  void aConnectionClosedWithoutAWordIsReportedAsThat() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> false)) {
      Report report = storm(server.url() + "/image", "--machines=5");
      assertOnlyFailure(report, "image", "closed without answer", 5);
    }
  }

  @Test
  void whatIsNotHttpIsReportedAsThat() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              StubServer.say(socket, "SSH-2.0-OpenSSH_9.2\r\n");
              return true;
            })) {
      Report report = storm(server.url() + "/image", "--machines=5");
      assertOnlyFailure(report, "image", "not HTTP", 5);
    }
  }

  @Test
  void aServerThatSaysNothingTimesOut() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> true)) {
      Report report = storm(server.url() + "/image", "--machines=5", "--timeout=300ms");
      assertOnlyFailure(report, "image", "timed out", 5);
    }
  }

  @Test
  void bytesOtherThanTheDigestSaysAreAFailure() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 3))) {
      String xxx = "cd2eb0837c9b4c962c22d2ff8b5441b7b45805887f051d39bf133b583baf6860";
      assertEquals(
          5,
          stage(storm(server.url() + "/image", "--machines=5", "--sha256=image=" + xxx), "image")
              .done());
      Report report =
          storm(server.url() + "/image", "--machines=5", "--sha256=image=" + "0".repeat(64));
      assertOnlyFailure(report, "image", "wrong digest", 5);
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
      assertEquals(0, exit, said);
      assertEquals(30, stage(report, "kernel").goodBytes());
      assertEquals(39, stage(report, "image").goodBytes());
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
      assertEquals(0, exit, said);
      assertEquals(4, stage(report, "image").toldToWait());
      assertEquals(4, stage(report, "image").done());
      assertTrue(stage(report, "image").whole().p50() >= 1000, "the wait is part of the boot");
      assertEquals(4, server.connections(), "as iPXE does, on the same connection");
    }
  }

  @Test
  void machinesGiveUpWithoutRetryAfterOrWhenTheyAreNoIpxe() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              String more = path.equals("/told") ? "Retry-After: 1\r\n" : "";
              StubServer.say(socket, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n" + more + "\r\n");
              return true;
            })) {
      assertOnlyFailure(storm(server.url() + "/image", "--machines=2"), "image", "status 503", 2);
      assertOnlyFailure(
          storm(server.url() + "/told", "--machines=2", "--no-retry"), "image", "status 503", 2);
    }
  }

  @Test
  void machinesThatVanishAreCountedAsThatAndFailNothing() throws IOException {
    for (String how : List.of("silence", "reset")) {
      try (StubServer server =
          new StubServer((path, n, socket) -> StubServer.ok(socket, 400_000))) {
        Report report =
            storm(server.url() + "/image", "--machines=10", "--vanish=1", "--vanish-by=" + how);
        assertEquals(0, exit, said);
        assertEquals(10, stage(report, "image").vanished(), how);
        assertEquals(0, stage(report, "image").whole().count(), how);
      }
    }
  }

  @Test
  void aBoundedMachineTakesAsLongAsItsRateSays() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 500_000))) {
      Report report = storm(server.url() + "/image", "--machines=5", "--machine-rate=1M");
      assertEquals(0, exit, said);
      double millis = stage(report, "image").whole().p50();
      assertTrue(millis > 350 && millis < 1500, millis + " ms for 0.5 MB at 1 MB/s");
    }
  }

  @Test
  void aStormOfSomeTimeBootsMachinesAgainAndCutsOffTheLast() throws IOException {
    try (StubServer server = new StubServer((path, n, socket) -> StubServer.ok(socket, 1000))) {
      Report report = storm(server.url() + "/image", "--machines=3", "--for=500ms");
      assertEquals(0, exit, said);
      assertTrue(stage(report, "image").done() > 10);
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
      assertEquals(0, exit, said);
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
  void failedProbesAreNoLatency() throws IOException {
    try (StubServer server =
        new StubServer(
            (path, n, socket) -> {
              if (path.equals("/image")) {
                return StubServer.ok(socket, 1000);
              }
              StubServer.say(socket, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
              return true;
            })) {
      Report report =
          storm(server.url(), "--image=/image", "--machines=1", "--for=300ms", "--probe=/no");
      Report.Probe probe = report.results().get(0).probe();
      assertEquals(0, probe.fromDue().count());
      assertEquals(probe.sent(), probe.failures().get("status 404"));
      assertEquals(1, exit);
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
      assertEquals(0, exit, said);
      assertEquals(4, report.results().size());
      assertEquals(3, report.results().get(0).rounds().size());
      assertEquals(1.0, report.results().get(1).ratio());
      assertEquals(2, report.standings().size());
      assertTrue(said.contains("different lengths"), said);
      String page = Files.readString(directory.resolve("page.html"));
      assertFalse(page.contains("src=") || page.contains("@import"), "needs nothing else");
      assertTrue(page.contains("\"sluice-bench/1\""));
    }
  }

  @Test
  void aCommandThatDoesNotListenEndsTheRunWithWhatItSaid() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Report report =
        storm("http://127.0.0.1:" + port + "/image", "--spawn=stub=echo no such luck; exit 3");
    assertEquals(1, exit);
    assertTrue(said.contains("no such luck"), said);
    assertTrue(report.results().isEmpty());
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
