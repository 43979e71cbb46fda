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

  private List<Map<String, String>> lines(Path path) throws IOException {
    return JsonLines.parse(Files.readString(path));
  }

  @Test
  void aLineTellsWhatBecameOfARequest() throws IOException {
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      log.write(
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
      log.write(Exchanges.finished("/images/a.raw?x=y&install=" + token + "&z"));
      log.write(Exchanges.finished("/api/v1/installations/" + token + "/complete"));
    }
    assertEquals("/images/a.raw?x=y&install=01234567…&z", lines(path).get(0).get("target"));
    assertEquals("/api/v1/installations/01234567…/complete", lines(path).get(1).get("target"));
  }

  @Test
  void aRequestThatWasCutOffSaysWhy() throws IOException {
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      log.write(Exchanges.aborted("/x"));
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
            "/\u00ff\u00fe",
            "/\ud83d\udc27",
            "/%0a%22",
            "/" + "a".repeat(20_000));
    Path path = folder.resolve("log");
    try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
      for (String target : targets) {
        log.write(Exchanges.finished(target));
      }
    }
    assertEquals(targets, lines(path).stream().map(line -> line.get("target")).toList());
  }

  @Test
  void linesAreAppendedToAFileThatIsThere() throws IOException {
    Path path = folder.resolve("log");
    for (String target : List.of("/1", "/2")) {
      try (AccessLogFile log = AccessLogFile.appendingTo(path)) {
        log.write(Exchanges.finished(target));
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
      log.write(exchange);
      Files.move(path, moved);
      while (Files.notExists(path)) {
        log.write(exchange);
        written++;
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
      log.write(exchange);
      written++;
    }
    assertTrue(!lines(path).isEmpty());
    assertEquals(written, lines(moved).size() + lines(path).size());
  }

  @Test
  void afterAFailureLinesAreWrittenAgainAndAreWhole() throws Exception {
    Path fifo = folder.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0);
    // Opened both ways, so that nobody waits for anybody.
    RandomAccessFile reader = new RandomAccessFile(fifo.toFile(), "rw");
    try (AccessLogFile log = AccessLogFile.appendingTo(fifo)) {
      reader.close();
      // Too long for the buffers, so that the pipe without a reader breaks within the object.
      RequestTimer tooLong = Exchanges.finished("/" + "a".repeat(50_000));
      assertThrows(IOException.class, () -> log.write(tooLong));
      reader = new RandomAccessFile(fifo.toFile(), "rw");
      log.write(Exchanges.finished("/after"));
      log.write(Exchanges.finished("/last"));
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
      assertEquals(List.of("/after", "/last"), targets);
    } finally {
      reader.close();
    }
  }
}
