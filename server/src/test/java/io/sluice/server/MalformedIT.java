package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
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

/** Whatever RFC 9112 says must be refused is refused, and the connection closed. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class MalformedIT {
  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    server.write("images/disk.raw", 100);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** Sends something to both ports and sees it refused, whatever request comes after it. */
  private void assertRefused(int status, String bytes) throws IOException {
    assertRefused(server.address(), status, bytes);
    assertRefused(server.metricsAddress(), status, bytes);
  }

  private static void assertRefused(InetSocketAddress port, int status, String bytes)
      throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      client.send(bytes + RawClient.request("GET", "/healthz"));
      RawClient.Response answer = client.read();
      assertEquals(status, answer.status(), shown(bytes));
      assertEquals("close", answer.field("Connection"), shown(bytes));
      assertEquals(0, client.rest().length, "nothing after it: " + shown(bytes));
    }
  }

  private static String shown(String bytes) {
    return bytes.length() > 200 ? bytes.substring(0, 200) : bytes;
  }

  private static String withFields(String... lines) {
    return "GET /images/disk.raw HTTP/1.1\r\n" + String.join("\r\n", lines) + "\r\n\r\n";
  }

  @Test
  void headsThatAnotherServerMightReadInAnotherWayAre400() throws IOException {
    List<String> heads =
        List.of(
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n",
            withFields("Host: x", "A : b"),
            withFields("Host : x"),
            withFields("Host: x", "A: b", " folded"),
            withFields("Host: x", "A: b", "\tfolded"),
            withFields(" Host: x"),
            withFields("Host: x", ": no name"),
            withFields("Host: x", "no colon"),
            withFields("Host: x", "A(b): c"),
            withFields("Host: x", "A\u00e9: c"),
            withFields("Host: x", "A: b\0c"),
            withFields("Host: x", "A\0: c"),
            withFields("Host: x", "A: b\u0001c"),
            withFields("Host: x", "A: b\u000bc"),
            withFields("Host: x", "A: b\u007fc"));
    for (String head : heads) {
      assertRefused(400, head);
    }
  }

  @Test
  void lengthsThatAreNotOneNumberAre400() throws IOException {
    List<String> lengths =
        List.of(
            "+5",
            "-5",
            "5, 5",
            "5,5",
            "5 5",
            "0x5",
            "5;",
            "",
            "five",
            "5.0",
            "\u0665",
            "99999999999999999999");
    for (String length : lengths) {
      assertRefused(400, withFields("Host: x", "Content-Length: " + length));
    }
    assertRefused(400, withFields("Host: x", "Content-Length: 5", "Content-Length: 5"));
    assertRefused(400, withFields("Host: x", "Content-Length: 5", "Content-Length: 6"));
    assertRefused(400, withFields("Host: x", "Content-Length: 0", "content-length: 0"));
  }

  @Test
  void encodingsThatLeaveTheEndOfTheBodyOpenAre400() throws IOException {
    List<String> encodings =
        List.of(
            "gzip",
            "identity",
            "xchunked",
            "chunked, gzip",
            "chunked, chunked",
            "\"chunked\"",
            "chunked;q=1",
            "\u000bchunked",
            "");
    for (String encoding : encodings) {
      assertRefused(400, withFields("Host: x", "Transfer-Encoding: " + encoding));
    }
    assertRefused(
        400, withFields("Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"));
    assertRefused(
        400,
        withFields("Host: x", "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n");
    assertRefused(
        400,
        withFields("Host: x", "Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n");
    assertRefused(400, "GET / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  }

  @Test
  void codingsBeforeTheChunksAre501AndCodingsOfTheContent415() throws IOException {
    for (String encoding : List.of("gzip, chunked", "identity, chunked", "br,\tchunked")) {
      assertRefused(
          501, withFields("Host: x", "Transfer-Encoding: " + encoding) + "3\r\nabc\r\n0\r\n\r\n");
    }
    assertRefused(
        501,
        withFields("Host: x", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked")
            + "0\r\n\r\n");
    for (String encoding : List.of("gzip", "GZIP", "identity, gzip", "br, identity", "x")) {
      String field = "Content-Encoding: " + encoding;
      assertRefused(415, withFields("Host: x", field, "Content-Length: 3") + "abc");
      assertRefused(415, withFields("Host: x", field, "Transfer-Encoding: chunked") + "0\r\n\r\n");
    }
    try (RawClient client = server.client()) {
      client.send(withFields("Host: x", "Content-Encoding: gzip", "Content-Length: 1") + "a");
      assertEquals("identity", client.read().field("Accept-Encoding"));
    }
  }

  @Test
  void hostsThatNoUrlHasAre400InTheFieldAndInTheTarget() throws IOException {
    for (String host :
        List.of("x:port", "[::1", "u@x", "x:1:2", ":80", "x:0", "x:99999", "[x]", "h%2")) {
      assertRefused(400, withFields("Host: " + host));
      assertRefused(400, "GET http://" + host + "/healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    assertRefused(400, "GET http:///healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @Test
  void chunksThatAreNoneAre400() throws IOException {
    List<String> bodies =
        List.of(
            "x\r\n",
            "-1\r\n",
            "+1\r\na\r\n",
            "0x1\r\na\r\n",
            " 1\r\na\r\n",
            "1\na\r\n",
            "1\r\nab\r\n",
            "ffffffffffffffffff\r\n",
            "\r\n",
            "1 1\r\na\r\n",
            "1\r\na0\r\n\r\n",
            "80000000\r\n",
            "g\r\n");
    for (String body : bodies) {
      try (RawClient client = server.client()) {
        client.send(RawClient.request("PUT", "/images/disk.raw", "Transfer-Encoding: chunked"));
        client.send(body + RawClient.request("GET", "/healthz"));
        RawClient.Response answer = client.read();
        // A chunk of a size nobody waits for may be refused as a method as well.
        assertTrue(answer.status() == 400 || answer.status() == 405, body + answer.head());
        assertEquals("close", answer.field("Connection"), body);
        assertEquals(0, client.rest().length, body);
      }
    }
  }

  @Test
  void aHostThatIsMissingDoubleOrNoHostIs400() throws IOException {
    assertRefused(400, "GET / HTTP/1.1\r\n\r\n");
    assertRefused(400, "GET / HTTP/1.1\r\nHos: x\r\n\r\n");
    assertRefused(400, withFields("Host: x", "Host: x"));
    assertRefused(400, withFields("Host: x", "host: y"));
    assertRefused(400, "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n");
    for (String bad : List.of("a b", "a/b", "a@b", "http://a", "a,b c", "a\\b", "<a>")) {
      assertRefused(400, withFields("Host: " + bad));
    }
  }

  @Test
  void requestLinesThatAreNoneAre400() throws IOException {
    List<String> lines =
        List.of(
            "GET /",
            "GET",
            "/ HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET /  HTTP/1.1",
            "GET\t/\tHTTP/1.1",
            " GET / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "GET / HTTP/1.1 x",
            "GET / http/1.1",
            "GET / HTTP/1",
            "GET / HTTP/1.1.1",
            "GET / HTTP/11.1",
            "GET / HTTP/1.x",
            "GET / FTP/1.1",
            "G(ET / HTTP/1.1",
            "GET /a b HTTP/1.1",
            "GET /\0 HTTP/1.1",
            "GET /\u0001 HTTP/1.1",
            "\u0001GET / HTTP/1.1",
            "\0",
            "GET images HTTP/1.1",
            "GET * HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "GET ?a HTTP/1.1",
            "GET ftp://x/y HTTP/1.1",
            "GET /%zz HTTP/1.1",
            "GET /%1 HTTP/1.1",
            "GET /%ff HTTP/1.1",
            "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003");
    for (String line : lines) {
      assertRefused(400, line + "\r\nHost: x\r\n\r\n");
    }
  }

  @Test
  void whatIsTooLongIs414Or431AndWhatJustFitsIsNot() throws IOException {
    String eightKib = "a".repeat(8 * 1024);
    assertRefused(414, "GET /" + eightKib + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertRefused(414, "GET /" + eightKib.repeat(20));
    assertRefused(431, withFields("Host: x", "A: " + eightKib.repeat(3)));
    assertRefused(431, withFields("Host: x", "A: " + eightKib, "B: " + eightKib));
    assertRefused(431, withFields("Host: x", "A: b\r\n".repeat(100) + "C: d"));
    assertRefused(431, "GET / HTTP/1.1\r\nHost: x\r\nA: " + eightKib.repeat(20));
    try (RawClient client = server.client()) {
      client.send("GET /" + "a".repeat(8000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
      assertEquals(404, client.read().status());
      assertEquals(200, client.get("/healthz", "A: " + "b".repeat(15_000)).status());
      assertEquals(200, client.get("/healthz", "A: b\r\n".repeat(98) + "C: d").status());
    }
  }

  @Test
  void aRequestHiddenInTheBodyOfAnotherIsNeverAnswered() throws IOException {
    String hidden = RawClient.request("GET", "/healthz");
    try (RawClient client = server.client()) {
      client.send(
          RawClient.request("GET", "/images/disk.raw", "Content-Length: " + hidden.length())
              + hidden
              + RawClient.request("GET", "/nowhere"));
      assertEquals(100, client.read().body().length);
      assertEquals(404, client.read().status());
    }
  }
}
