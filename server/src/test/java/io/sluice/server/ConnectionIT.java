package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

/** What happens to a connection from one request to the next. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class ConnectionIT {
  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private RawClient client;
  private byte[] disk;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    disk = server.write("images/disk.raw", 700_000);
    server.write("profiles/default.ipxe", "#!ipxe\nshell\n".getBytes(StandardCharsets.US_ASCII));
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void aConnectionServesOneRequestAfterTheOther() throws IOException {
    for (int i = 0; i < 200; i++) {
      RawClient.Response answer = client.get("/boot/52-54-00-12-34-56");
      assertEquals(200, answer.status());
      assertTrue(answer.find("Connection").isEmpty(), "1.1 stays open without a word");
    }
    assertArrayEquals(disk, client.get("/images/disk.raw").body());
    for (int i = 0; i < 200; i++) {
      assertEquals(404, client.get("/pxelinux.cfg/" + i).status());
    }
  }

  @Test
  void anEmptyLineBeforeARequestIsPassedOver() throws IOException {
    client.send("\r\n" + RawClient.request("GET", "/healthz"));
    assertEquals(200, client.read().status());
    client.send("\r\n\r\n" + RawClient.request("GET", "/healthz"));
    assertEquals(200, client.read().status());
  }

  @Test
  void httpOneZeroIsAnsweredAndClosed() throws IOException {
    client.send("GET /images/disk.raw HTTP/1.0\r\n\r\n");
    RawClient.Response answer = client.read();
    assertEquals(200, answer.status());
    assertEquals("close", answer.field("Connection"));
    assertEquals("700000", answer.field("Content-Length"));
    assertTrue(answer.find("Transfer-Encoding").isEmpty());
    assertArrayEquals(disk, answer.body());
    assertEquals(0, client.rest().length);
  }

  @Test
  void httpOneZeroWithKeepAliveIsToldThatTheConnectionStays() throws IOException {
    for (String target : List.of("/images/disk.raw", "/nowhere", "/boot/525400123456")) {
      client.send("GET " + target + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      RawClient.Response answer = client.read();
      assertEquals("keep-alive", answer.field("Connection").toLowerCase(java.util.Locale.ROOT));
    }
  }

  @Test
  void connectionCloseIsObeyedAndWhatFollowsIsNotAnswered() throws IOException {
    String request = RawClient.request("GET", "/images/disk.raw", "Connection: close");
    client.send(request + RawClient.request("GET", "/healthz"));
    RawClient.Response answer = client.read();
    assertEquals("close", answer.field("Connection"));
    assertArrayEquals(disk, answer.body());
    assertEquals(0, client.rest().length);
  }

  @Test
  void aClientThatLeavesInTheMiddleOfAHeadIsForgotten() throws IOException {
    client.send("GET /images/disk.raw HTT").endOutput();
    client.rest();
  }

  @Test
  void aSmallBodyIsReadAndTheConnectionGoesOn() throws IOException {
    client.send(RawClient.request("PUT", "/images/disk.raw", "Content-Length: 5") + "GET /");
    assertEquals(405, client.read().status());
    client.send(
        RawClient.request("POST", "/images/disk.raw", "Transfer-Encoding: chunked")
            + "5;name=value\r\nGET /\r\n0\r\nTrailer: x\r\n\r\n");
    assertEquals(405, client.read().status());
    client.send(RawClient.request("GET", "/images/disk.raw", "Content-Length: 3") + "abc");
    assertArrayEquals(disk, client.read().body(), "a body with a GET means nothing");
    client.send(RawClient.request("GET", "/healthz", "Content-Length: 0"));
    assertEquals(200, client.read().status());
  }

  @Test
  void aLargeBodyIsAnsweredWithoutBeingReadAndWithoutAReset() throws IOException {
    for (String length : List.of("Content-Length: 3000000", "Transfer-Encoding: chunked")) {
      try (RawClient sender = server.client()) {
        sender.send(RawClient.request("PUT", "/images/disk.raw", length));
        byte[] body = new byte[3_000_000];
        if (length.startsWith("Transfer")) {
          sender.send("2dc6c0\r\n");
        }
        sender.send(body);
        RawClient.Response answer = sender.read();
        assertEquals(405, answer.status());
        assertEquals("close", answer.field("Connection"));
        assertEquals(0, sender.rest().length, "the end, not a reset");
      }
    }
  }

  @Test
  void nobodyIsToldToContinueForABodyThatIsNotWanted() throws IOException {
    client.send(
        RawClient.request("PUT", "/images/disk.raw", "Content-Length: 10", "Expect: 100-continue"));
    RawClient.Response answer = client.read();
    assertEquals(405, answer.status());
    assertEquals("close", answer.field("Connection"));
    client.send("0123456789");
    assertEquals(0, client.rest().length);
  }

  @Test
  void anExpectationThatNobodyKnowsIs417() throws IOException {
    client.send(RawClient.request("GET", "/images/disk.raw", "Expect: miracles"));
    assertEquals(417, client.read().status());
  }

  @Test
  void otherVersionsOfTheProtocolAre505() throws IOException {
    for (String version : List.of("HTTP/2.0", "HTTP/0.9", "HTTP/3.0", "HTTP/9.9")) {
      try (RawClient other = server.client()) {
        other.send("GET / " + version + "\r\nHost: x\r\n\r\n");
        assertEquals(505, other.read().status(), version);
        assertEquals(0, other.rest().length);
      }
    }
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assertEquals(505, client.read().status());
    assertEquals(0, client.rest().length);
  }

  @Test
  void methodsOtherThanGetAndHeadAre405WithTheOnesThatWork() throws IOException {
    List<String> methods =
        List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "BREW");
    for (String method : methods) {
      for (String target : List.of("/images/disk.raw", "/metrics", "/nowhere", "/")) {
        client.send(RawClient.request(method, target));
        RawClient.Response answer = client.read();
        assertEquals(405, answer.status(), method + " " + target);
        assertEquals("GET, HEAD", answer.field("Allow"));
      }
    }
  }

  @Test
  void optionsOfTheServerAndTunnelsAreOtherMethodsToo() throws IOException {
    for (String line : List.of("OPTIONS *", "CONNECT example.com:443")) {
      try (RawClient other = server.client()) {
        other.send(line + " HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
        RawClient.Response answer = other.read();
        assertEquals(405, answer.status(), line);
        assertEquals("GET, HEAD", answer.field("Allow"));
      }
    }
  }

  @Test
  void aClientThatResetsInTheMiddleOfADownloadLeavesNothingBehind() throws Exception {
    server.write("images/big.raw", 12_000_000);
    for (int i = 0; i < 10; i++) {
      RawClient leaving = RawClient.connect(server.address(), 8192);
      leaving.send(RawClient.request("GET", "/images/big.raw").repeat(3));
      leaving.exactly(1000);
      leaving.reset();
    }
    Await.until("the file is closed", () -> server.image().openFiles() == 0);
  }
}
