package io.sluice.server.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.metrics.RequestTimer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessLogTest {
  @TempDir private Path folder;
  private final AtomicLong dropped = new AtomicLong();

  @Test
  void everyRequestThatEndedIsALineWhenTheLogIsClosed() throws IOException {
    Path path = folder.resolve("log");
    List<String> targets = IntStream.range(0, 500).mapToObj(i -> "/" + i).toList();
    try (AccessLog log =
        new AccessLog(AccessLogFile.appendingTo(path), dropped::addAndGet, 4 << 20)) {
      for (String target : targets) {
        RequestTimer exchange = Exchanges.finished(target);
        log.begun(exchange);
        log.sent(exchange, 5);
        log.ended(exchange);
      }
    }
    assertEquals(
        targets,
        JsonLines.parse(Files.readString(path)).stream().map(l -> l.get("target")).toList());
    assertEquals(0, dropped.get());
  }

  @Test
  void nobodyWaitsForASinkThatIsBlockedAndWhatIsLostIsCounted() throws Exception {
    Path fifo = folder.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0);
    int requests = 20_000;
    RequestTimer exchange = Exchanges.finished("/x");
    CompletableFuture<String> read;
    try (RandomAccessFile holder = new RandomAccessFile(fifo.toFile(), "rw")) {
      AccessLog log = new AccessLog(AccessLogFile.appendingTo(fifo), dropped::addAndGet, 4 << 20);
      // Nobody reads: the pipe is full, then the queue, and still no call waits.
      for (int i = 0; i < requests; i++) {
        log.ended(exchange);
      }
      assertTrue(dropped.get() > 0, "dropped " + dropped.get());
      FileInputStream reader = new FileInputStream(fifo.toFile());
      read =
          CompletableFuture.supplyAsync(
              () -> {
                try (reader) {
                  return text(reader);
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      log.close();
    }
    List<Map<String, String>> lines = JsonLines.parse(read.join());
    assertEquals(requests, lines.size() + dropped.get());
  }

  /** Reads byte by byte, because the stream of a file asks for its length to read all of it. */
  private static String text(InputStream in) throws IOException {
    InputStream buffered = new BufferedInputStream(in);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int next = buffered.read(); next >= 0; next = buffered.read()) {
      bytes.write(next);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void linesThatCannotBeWrittenAreCounted() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full));
    try (AccessLog log =
        new AccessLog(AccessLogFile.appendingTo(full), dropped::addAndGet, 4 << 20)) {
      // Longer than what is kept in memory.
      log.ended(Exchanges.finished("/" + "a".repeat(50_000)));
    }
    assertEquals(1, dropped.get());
  }
}
