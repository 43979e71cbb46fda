package io.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.bench.report.Report;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StormFailureIT {
  @TempDir Path directory;
  private final Rehearsal rehearsal = new Rehearsal();

  private Report storm(String url, String... more) throws IOException {
    return rehearsal.storm(directory, url, more);
  }

  private void assertOnlyFailure(Report report, String name, String label, long count) {
    Report.BootFigures stage = Rehearsal.stage(report, name);
    assertEquals(Map.of(label, count), Rehearsal.countsOf(stage), rehearsal.said());
    assertEquals(0, stage.done());
    assertEquals(0, stage.whole().count());
    assertEquals(0, stage.firstByte().count());
    assertEquals(0, stage.goodBytes());
    assertEquals(0, report.results().get(0).bytesPerSecond().median());
    assertTrue(report.standings().stream().noneMatch(s -> s.measure().startsWith("throughput")));
    assertEquals(1, rehearsal.exit());
    assertTrue(rehearsal.said().contains(label), rehearsal.said());
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
      assertEquals(0, Rehearsal.stage(report, "image").began());
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
          Map.of("status 302", 1L, "status 500", 1L),
          Rehearsal.countsOf(Rehearsal.stage(report, "image")),
          rehearsal.said());
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
      assertEquals(
          Map.of("wrong length", 1L), Rehearsal.countsOf(Rehearsal.stage(report, "image")));
      assertEquals(5, Rehearsal.stage(report, "image").done());
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
          Rehearsal.stage(
                  storm(server.url() + "/image", "--machines=5", "--sha256=image=" + xxx), "image")
              .done());
      Report report =
          storm(server.url() + "/image", "--machines=5", "--sha256=image=" + "0".repeat(64));
      assertOnlyFailure(report, "image", "wrong digest", 5);
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
      assertEquals(1, rehearsal.exit());
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
    assertEquals(1, rehearsal.exit());
    assertTrue(rehearsal.said().contains("no such luck"), rehearsal.said());
    assertTrue(report.results().isEmpty());
  }
}
