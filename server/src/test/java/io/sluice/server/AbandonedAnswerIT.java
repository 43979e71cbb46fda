package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is made for clients that leave before they are answered. The image is so large that nothing
 * of it is finished in the time in which a test waits for anything.
 */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class AbandonedAnswerIT {
  private static final long LARGE = 1L << 38;
  private static final List<String> KINDS = List.of("sha256", "bmap");

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    try (RandomAccessFile holes =
        new RandomAccessFile(root.resolve("images/large.raw").toFile(), "rw")) {
      holes.setLength(LARGE);
    }
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private RawClient ask(String name) throws IOException {
    return server.client().send(RawClient.request("GET", "/images/" + name));
  }

  private void awaitMade(String kind, int count) throws Exception {
    server.awaitMetric(count, "sluice_conversions_in_progress", "kind", kind);
  }

  private void awaitGone(int count) throws Exception {
    server.awaitMetric(
        count, "http_requests_aborted_total", "endpoint", "image", "reason", "client_gone");
  }

  private void nothingFailed() throws IOException {
    assertEquals(0, server.scrape().sum("sluice_conversion_failures_total"));
    assertEquals(0, server.scrape().sum("http_requests_total", "status", "503"));
  }

  @Test
  void nothingIsMadeForWhoHangsUp() throws Exception {
    for (String kind : KINDS) {
      RawClient client = ask("large.raw." + kind);
      awaitMade(kind, 1);
      client.close();
      awaitMade(kind, 0);
    }
    awaitGone(KINDS.size());
    nothingFailed();
  }

  @Test
  void nothingIsMadeForWhoIsReset() throws Exception {
    for (String kind : KINDS) {
      RawClient client = ask("large.raw." + kind);
      awaitMade(kind, 1);
      client.reset();
      awaitMade(kind, 0);
    }
    awaitGone(KINDS.size());
    nothingFailed();
  }

  @Test
  void whatOthersWaitForGoesOn() throws Exception {
    for (String kind : KINDS) {
      try (RawClient stays = ask("large.raw." + kind)) {
        awaitMade(kind, 1);
        RawClient leaves = ask("large.raw." + kind);
        server.awaitMetric(2, "http_requests_in_flight", "endpoint", "image");
        leaves.close();
        server.awaitMetric(1, "http_requests_in_flight", "endpoint", "image");
        awaitMade(kind, 1);
        assertTrue(!stays.hasBytes());
      }
      awaitMade(kind, 0);
    }
    nothingFailed();
  }

  @Test
  void whatIsAskedForAgainIsBegunAgain() throws Exception {
    for (String kind : KINDS) {
      for (int round = 0; round < 2; round++) {
        try (RawClient client = ask("large.raw." + kind)) {
          awaitMade(kind, 1);
          assertTrue(!client.hasBytes());
        }
        awaitMade(kind, 0);
      }
    }
  }

  @Test
  void aCopyThatWaitsForItsTurnIsForgotten() throws Exception {
    for (int copy = 0; copy < 3; copy++) {
      Files.createLink(
          root.resolve("images/large" + copy + ".raw"), root.resolve("images/large.raw"));
    }
    RawClient first = ask("large0.raw.bmap");
    RawClient second = ask("large1.raw.tar.zst");
    awaitMade("bmap", 1);
    awaitMade("raw.tar.zst", 1);
    RawClient waits = ask("large2.raw.zst");
    server.awaitMetric(1, "sluice_pool_queue_length", "pool", "derive");
    waits.close();
    awaitGone(1);
    first.close();
    second.close();
    server.awaitMetric(0, "sluice_pool_queue_length", "pool", "derive");
    for (String kind : List.of("bmap", "raw.tar.zst", "raw.zst")) {
      awaitMade(kind, 0);
    }
    nothingFailed();
  }

  @Test
  void aDigestThatIsKnownIsToldToWhoHasEndedItsOutput() throws Exception {
    server.write("images/small.raw", 100_000);
    try (RawClient asks = ask("small.raw.sha256")) {
      String known = asks.read().text();
      try (RawClient ends = ask("small.raw.sha256").endOutput()) {
        assertEquals(known, ends.read().text());
      }
    }
  }
}
