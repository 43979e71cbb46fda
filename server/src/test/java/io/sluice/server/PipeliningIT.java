package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that are sent ahead of the answers to those before them. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class PipeliningIT {
  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private RawClient client;
  private byte[] disk;
  private byte[] script;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    disk = server.write("images/disk.raw", 700_000);
    script =
        server.write(
            "profiles/default.ipxe", "#!ipxe\nshell\n".getBytes(StandardCharsets.US_ASCII));
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Expected(String request, boolean headOnly, int status, byte[] body) {}

  /** Requests of every kind of answer, and what has to come of each. */
  private List<Expected> mixture(int count) {
    List<Expected> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(
          switch (i % 8) {
            case 0 -> expected("GET", "/images/disk.raw", 200, disk, "Range: bytes=0-199999");
            case 1 -> expected("HEAD", "/images/disk.raw", 200, new byte[0]);
            case 2 -> expected("GET", "/boot/525400123456", 200, script);
            case 3 -> expected("GET", "/nowhere", 404, null);
            case 4 -> expected("GET", "/images/disk.raw", 304, new byte[0], "If-None-Match: *");
            case 5 -> expected("GET", "/images/disk.raw", 206, disk, "Range: bytes=7-300007");
            case 6 -> expected("DELETE", "/images/disk.raw", 405, null);
            default ->
                expected("POST", "/images/disk.raw", 405, null, "Content-Length: 5", "", "GET /");
          });
    }
    return all;
  }

  private static Expected expected(
      String method, String target, int status, byte[] body, String... fields) {
    String request;
    byte[] wanted = body;
    int okay = status;
    if (fields.length == 3) {
      request = RawClient.request(method, target, fields[0]) + fields[2];
    } else {
      request = RawClient.request(method, target, fields);
    }
    if (fields.length == 1 && fields[0].startsWith("Range: bytes=") && body != null) {
      String[] ends = fields[0].substring("Range: bytes=".length()).split("-", -1);
      wanted = Arrays.copyOfRange(body, Integer.parseInt(ends[0]), Integer.parseInt(ends[1]) + 1);
      okay = 206;
    }
    return new Expected(request, method.equals("HEAD"), okay, wanted);
  }

  private static String requests(List<Expected> all) {
    StringBuilder text = new StringBuilder();
    all.forEach(each -> text.append(each.request()));
    return text.toString();
  }

  private void readAll(List<Expected> all) throws IOException {
    for (int i = 0; i < all.size(); i++) {
      Expected each = all.get(i);
      RawClient.Response answer = each.headOnly() ? client.readHead() : client.read();
      assertEquals(each.status(), answer.status(), "answer " + i + " to " + each.request());
      if (each.body() != null) {
        assertArrayEquals(each.body(), answer.body(), "answer " + i);
      }
    }
  }

  @Test
  void fiftyPipelinedRequestsInOneWriteAreAnsweredInOrder() throws IOException {
    List<Expected> all = mixture(50);
    client.send(requests(all));
    readAll(all);
    assertEquals(200, client.get("/healthz").status());
  }

  @Test
  void pipelinedRequestsThatComeByteByByteAreAnsweredInOrder() throws IOException {
    List<Expected> all = mixture(16);
    for (byte one : requests(all).getBytes(StandardCharsets.US_ASCII)) {
      client.send(new byte[] {one});
    }
    readAll(all);
  }

  @Test
  void thousandsOfPipelinedRequestsDoNotPileUpOnTheStack() throws IOException {
    int count = 3000;
    client.send(RawClient.request("GET", "/x").repeat(count));
    for (int i = 0; i < count; i++) {
      assertEquals(404, client.read().status());
    }
  }

  @Test
  void aClientThatSaysItIsDoneStillGetsEveryAnswer() throws IOException {
    List<Expected> all = mixture(24);
    client.send(requests(all)).endOutput();
    readAll(all);
    assertEquals(0, client.rest().length, "closed after the last answer");
  }

  @Test
  void aClientThatSaysItIsDoneGetsAnAnswerThatDoesNotFitIntoTheSocket() throws Exception {
    byte[] big = server.write("images/big.raw", 12_000_000);
    for (int i = 0; i < 3; i++) {
      try (RawClient half = RawClient.connect(server.address(), 8192)) {
        half.send(RawClient.request("GET", "/images/big.raw").repeat(2)).endOutput();
        byte[] first = half.exactly(100);
        assertEquals("HTTP/1.1 200", new String(first, 0, 12, StandardCharsets.US_ASCII));
        Await.elapse(java.time.Duration.ofMillis(100));
        byte[] rest = half.rest();
        assertTrue(100 + rest.length > 2 * big.length, "only " + rest.length);
        assertArrayEquals(
            big, Arrays.copyOfRange(rest, rest.length - big.length, rest.length), "the second");
      }
    }
  }
}
