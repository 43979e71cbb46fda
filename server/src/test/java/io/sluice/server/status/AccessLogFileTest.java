package io.sluice.server.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.metrics.RequestTimer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessLogFileTest {
  @TempDir private Path folder;

  private static void write(AccessLogFile log, RequestTimer exchange) throws IOException {
    log.append(AccessLogLine.of(exchange));
    log.flush();
  }

  private List<Map<String, String>> lines(Path path) throws IOException {
    return JsonLines.parse(Files.readString(path));
  }

  @Test
  void aLineTellsWhatBecameOfARequest() throws IOException {
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(
          log,
          Exchanges.finished("/images/a.raw?x", "Range", "bytes=0-4", "User-Agent", "iPXE/1.21"));
    }
    Map<String, String> line = lines(path).get(0);
    Instant time = Instant.parse(line.remove("time"));
    assertTrue(Duration.between(time, Instant.now()).compareTo(Duration.ofMinutes(1)) < 0);
    assertTrue(Double.parseDouble(line.remove("seconds")) >= 0);
    assertTrue(Double.parseDouble(line.remove("first_byte_seconds")) >= 0);
    assertEquals(
        Map.of(
            "client", "",
            "endpoint", "image",
            "method", "GET",
            "target", "/images/a.raw?x",
            "protocol", "HTTP/1.1",
            "status", "200",
            "bytes", "5",
            "outcome", "finished",
            "range", "bytes=0-4",
            "user_agent", "iPXE/1.21"),
        line);
  }

  @Test
  void tokensOfInstallationsAreNotWrittenInFull() throws IOException {
    Path path = folder.resolve("log");
    String token = "0123456789abcdef".repeat(2);
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.finished("/images/a.raw?x=y&install=" + token + "&z"));
      write(log, Exchanges.finished("/api/v1/installations/" + token + "/complete"));
    }
    assertEquals("/images/a.raw?x=y&install=01234567…&z", lines(path).get(0).get("target"));
    assertEquals("/api/v1/installations/01234567…/complete", lines(path).get(1).get("target"));
  }

  @Test
  void aRequestThatWasCutOffSaysWhy() throws IOException {
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.aborted("/x"));
    }
    Map<String, String> line = lines(path).get(0);
    assertEquals("client_gone", line.get("outcome"));
    assertEquals("0", line.get("status"));
    assertTrue(!line.containsKey("first_byte_seconds"), line.toString());
  }

  @Test
  void hostileTargetsStayWithinTheirLine() throws IOException {
    List<String> targets =
        List.of(
            "/\",\"status\":200,\"x\":\"",
            "/a\nb",
            "/a\r\n{\"forged\":1}",
            "/\u0000\u0001\u001b[2J\u007f",
            "/\\",
            "/\u2028\u2029",
            "/\ud83d\udc27",
            "/%0a%22",
            "/" + "a".repeat(20_000));
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      for (String target : targets) {
        write(log, Exchanges.finished(target));
      }
    }
    assertEquals(targets, lines(path).stream().map(line -> line.get("target")).toList());
  }

  @Test
  void aTargetInUtf8IsWrittenAsTheClientSentIt() throws IOException {
    Path path = folder.resolve("log");
    String asNettyReadsIt =
        new String("/images/é𝄞.raw".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.finished(asNettyReadsIt));
    }
    assertEquals("/images/é𝄞.raw", lines(path).get(0).get("target"));
    assertTrue(Files.readString(path).contains("\"/images/é𝄞.raw\""));
  }

  @Test
  void bytesOfATargetThatAreNoUtf8ArePercentEncodedAndTheOthersStay() throws IOException {
    Path path = folder.resolve("log");
    String asNettyReadsIt = "/\u00ff\u00fe\u00c3\u00a9\u00c3/%C3%A9\u00f0\u009d\u0084";
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.finished(asNettyReadsIt));
    }
    assertEquals("/%FF%FEé%C3/%C3%A9%F0%9D%84", lines(path).get(0).get("target"));
  }

  @Test
  void aFileThatEndsInTheMiddleOfALineGetsALineFeedFirst() throws IOException {
    Path path = folder.resolve("log");
    Files.writeString(path, "{\"time\":\"20");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.finished("/1"));
      write(log, Exchanges.finished("/2"));
    }
    List<String> text = Files.readAllLines(path);
    assertEquals("{\"time\":\"20", text.get(0));
    assertEquals(
        List.of("/1", "/2"),
        JsonLines.parse(text.get(1) + "\n" + text.get(2) + "\n").stream()
            .map(line -> line.get("target"))
            .toList());
  }

  @Test
  void aFileThatIsToBeReopenedIsMadeAnewBeforeTheNextLine() throws IOException {
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, Exchanges.finished("/1"));
      Files.move(path, folder.resolve("log.1"));
      log.reopen();
      write(log, Exchanges.finished("/2"));
    }
    assertEquals("/2", lines(path).get(0).get("target"));
    assertEquals("/1", lines(folder.resolve("log.1")).get(0).get("target"));
  }

  @Test
  void linesAreAppendedToAFileThatIsThere() throws IOException {
    Path path = folder.resolve("log");
    for (String target : List.of("/1", "/2")) {
      try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
        write(log, Exchanges.finished(target));
      }
    }
    assertEquals(List.of("/1", "/2"), lines(path).stream().map(l -> l.get("target")).toList());
  }

  @Test
  void aFileThatCannotBeOpenedIsAFailureAtOnce() {
    assertThrows(IOException.class, () -> AccessLogFile.appendingTo(folder.resolve("missing/log")));
    assertThrows(IOException.class, () -> AccessLogFile.appendingTo(folder));
  }

  @Test
  void aFileThatWasMovedAwayIsOpenedAnewAndNoLineIsLost() throws IOException {
    Path path = folder.resolve("log");
    Path moved = folder.resolve("log.1");
    RequestTimer exchange = Exchanges.finished("/x");
    int written = 1;
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      write(log, exchange);
      Files.move(path, moved);
      while (Files.notExists(path)) {
        write(log, exchange);
        written++;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
      write(log, exchange);
      written++;
    }
    assertTrue(!lines(path).isEmpty());
    assertEquals(written, lines(moved).size() + lines(path).size());
  }

  @Test
  void afterAFailureLinesAreWrittenAgainAndNoneIsLost() throws Exception {
    Path fifo = folder.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0);
    // Opened both ways, so that nobody waits for anybody.
    RandomAccessFile reader = new RandomAccessFile(fifo.toFile(), "rw");
    try (AccessLogFile log = AccessLogFile.appendingTo(fifo)) {
      reader.close();
      RequestTimer before = Exchanges.finished("/before");
      assertThrows(IOException.class, () -> write(log, before));
      assertEquals(0, log.written());
      reader = new RandomAccessFile(fifo.toFile(), "rw");
      write(log, Exchanges.finished("/after"));
      write(log, Exchanges.finished("/last"));
      log.flush();
      StringBuilder text = new StringBuilder();
      while (text.indexOf("/last") < 0 || text.charAt(text.length() - 1) != '\n') {
        text.append((char) reader.read());
      }
      List<String> targets =
          JsonLines.parse(
                  new String(
                      text.toString().getBytes(StandardCharsets.ISO_8859_1),
                      StandardCharsets.UTF_8))
              .stream()
              .map(line -> line.get("target"))
              .toList();
      assertEquals(List.of("/before", "/after", "/last"), targets);
      assertEquals(3, log.written());
    } finally {
      reader.close();
    }
  }
}
