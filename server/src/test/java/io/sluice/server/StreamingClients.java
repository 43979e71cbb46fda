package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/** A server with one large image, and clients that begin its stream and finish it when told to. */
abstract class StreamingClients {
  static final int LARGE = 24_000_000;
  static final int MIB = 1024 * 1024;
  static final int BEGUN = 1000;
  static final String IMAGE = "/images/disk.raw";
  static final String IPXE = "User-Agent: iPXE/1.0.0+";
  static final String HERE = "127.0.0.1";

  @TempDir Path root;
  @Parameter Transport transport;
  RunningServer server;
  byte[] bytes;

  void start(String... settings) throws IOException {
    server = RunningServer.start(root, transport, settings);
    bytes = server.write("images/disk.raw", LARGE);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  RawClient ask(String from, String target, String... fields) throws IOException {
    return RawClient.connect(server.address(), 8192, from)
        .send(RawClient.request("GET", target, fields));
  }

  /** A client whose stream has begun, and does not go on until it is finished. */
  RawClient begun(String from) throws IOException {
    RawClient client = ask(from, IMAGE);
    return begun(client);
  }

  RawClient begun(RawClient client) throws IOException {
    assertEquals(200, client.readHead().status());
    assertArrayEquals(Arrays.copyOf(bytes, BEGUN), client.exactly(BEGUN));
    return client;
  }

  void finish(RawClient client) throws IOException {
    assertArrayEquals(Arrays.copyOfRange(bytes, BEGUN, LARGE), client.exactly(LARGE - BEGUN));
  }

  void awaitHeld(int count) throws Exception {
    server.awaitMetric(count, "sluice_admission_waiting", "how", "held");
  }

  void awaitStreams(int count) throws Exception {
    server.awaitMetric(count, "sluice_streams");
  }

  double rejected(String reason) throws IOException {
    return server.scrape().sum("sluice_admission_rejected_total", "reason", reason);
  }

  static int retryAfter(RawClient.Response answer) {
    assertEquals(503, answer.status());
    String seconds = answer.field("Retry-After");
    assertTrue(seconds.matches("[1-9]\\d{0,2}"), seconds);
    assertTrue(answer.text().matches("[ -~]+\\(expected: [ -~]+\\)\n"), answer.text());
    return Integer.parseInt(seconds);
  }
}
