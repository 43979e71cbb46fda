package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whose a request is when a proxy hands it on, what clients call the server, and who is trusted.
 */
@ExtendWith(NothingLeaks.class)
class ArrivalIT {
  private static final String SCRIPT = "/boot/52:54:00:00:00:01";
  private static final String M = "/api/v1/machines/n1";
  private static final String TOKEN = "0123456789abcdef-old";
  private static final String V2 = "0d0a0d0a000d0a515549540a";

  @TempDir Path root;

  private RunningServer serve(String... settings) throws IOException {
    RunningServer server = RunningServer.start(root, Transport.best(), settings);
    server.write(
        "profiles/default.ipxe",
        "#!ipxe\n# {{ address }} {{ base_url }}\n".getBytes(StandardCharsets.UTF_8));
    return server;
  }

  private static RawClient.Response ask(RunningServer server, String request) throws IOException {
    try (RawClient client = server.client()) {
      return client.send(request).read();
    }
  }

  private static String script(String... fields) {
    return "GET " + SCRIPT + " HTTP/1.1\r\n" + String.join("\r\n", fields) + "\r\n\r\n";
  }

  private static String told(RawClient.Response response) {
    return response.text().replaceAll("(?s).*# (.*)\n", "$1");
  }

  @ParameterizedTest
  @CsvSource({
    "GRUB,  'Host: 10.0.2.2',          http://10.0.2.2:PORT",
    "iPXE,  'Host: 10.0.2.2:PORT',     http://10.0.2.2:PORT",
    "curl,  'Host: boot.example:PORT', http://boot.example:PORT",
    "other, 'Host: boot.example:1',    http://127.0.0.1:PORT",
    "none,  'X: y',                    http://127.0.0.1:PORT"
  })
  void scriptsCallTheServerByItsPort(String agent, String host, String url) throws Exception {
    try (RunningServer server = serve()) {
      String port = Integer.toString(server.address().getPort());
      String version = host.startsWith("Host") ? "HTTP/1.1" : "HTTP/1.0";
      RawClient.Response response =
          ask(
              server,
              script(host.replace("PORT", port), "User-Agent: " + agent)
                  .replace("HTTP/1.1", version));
      assertEquals("127.0.0.1 " + url.replace("PORT", port), told(response));
    }
  }

  @Test
  void aPublicUrlIsWhatScriptsSayWhateverARequestSays() throws Exception {
    try (RunningServer server =
        serve("public-url=https://boot.example/", "trusted-proxy=127.0.0.1")) {
      assertEquals(
          "10.9.0.1 https://boot.example",
          told(ask(server, script("Host: x", "X-Forwarded-For: 10.9.0.1"))));
    }
  }

  @Test
  void requestsOfManyClientsOverOneConnectionOfAProxyAreTheirOwn() throws Exception {
    Path log = root.resolve("access.json");
    try (RunningServer server = serve("trusted-proxy=10.0.0.0/8,127.0.0.1", "access-log=" + log)) {
      server.write(
          "profiles/rules.conf",
          "refuse when network=10.9.9.0/24\n".getBytes(StandardCharsets.UTF_8));
      try (RawClient proxy = server.client()) {
        for (String client : new String[] {"192.0.2.1", "192.0.2.2", "2001:db8:0:0:0:0:0:1"}) {
          RawClient.Response response =
              proxy.get(
                  SCRIPT,
                  "X-Forwarded-For: 1.1.1.1, " + client + ", 10.9.9.9",
                  "X-Forwarded-Host: boot.example",
                  "X-Forwarded-Proto: https");
          assertEquals(client + " https://boot.example", told(response));
        }
        assertEquals(403, proxy.get(SCRIPT, "Forwarded: for=10.9.9.7").status());
        assertEquals(200, proxy.get(SCRIPT).status());
        assertEquals(400, proxy.get(SCRIPT, "X-Forwarded-For: nonsense").status());
      }
      Await.until(
          "the log has every client",
          () -> {
            String lines = Files.readString(log);
            return lines.contains("\"client\":\"192.0.2.2\"")
                && lines.contains("\"client\":\"10.9.9.7\"")
                && lines.contains("\"client\":\"127.0.0.1\"");
          });
    }
  }

  @Test
  void nobodyElseIsBelieved() throws Exception {
    try (RunningServer server = serve("trusted-proxy=10.0.0.0/8")) {
      String port = Integer.toString(server.address().getPort());
      assertEquals(
          "127.0.0.1 http://localhost:" + port,
          told(
              ask(
                  server,
                  script(
                      "Host: localhost",
                      "X-Forwarded-For: junk",
                      "Forwarded: for=10.9.0.1;host=evil.example",
                      "X-Forwarded-Host: evil.example"))));
      assertEquals(
          400, ask(server, "PROXY TCP4 10.9.0.1 10.0.0.1 5 80\r\n" + script("Host: h")).status());
    }
  }

  @Test
  void theFirstAddressIsTheClientsAndSoIsTheLimit() throws Exception {
    try (RunningServer server = serve("trusted-proxy=127.0.0.1")) {
      ApiClient api = new ApiClient(server.address());
      api.send("PUT", M, "{\"macs\":[\"52:54:00:00:00:01\"]}");
      api.send("POST", M + "/install", "{\"same_address\":true}");
      try (RawClient proxy = server.client()) {
        assertEquals(200, proxy.get(SCRIPT, "X-Forwarded-For: 10.9.0.1").status());
        assertEquals(403, proxy.get(SCRIPT, "X-Forwarded-For: 10.9.0.2").status());
        assertEquals(200, proxy.get(SCRIPT, "X-Forwarded-For: 10.9.0.1").status());
      }
      assertEquals("10.9.0.1", api.get(M).json().at("/installation/address").asText());
      assertTrue(api.get(M + "/history").text().contains("10.9.0.2 asked"));
    }
  }

  @Test
  void streamsOfSeveralClientsBehindOneProxyDoNotShareTheLimitOfOne() throws Exception {
    try (RunningServer server =
        serve("trusted-proxy=127.0.0.1", "max-streams-per-client=1", "admission-wait=0")) {
      server.write("images/big.raw", 64 * 1024 * 1024);
      try (RawClient first = RawClient.connect(server.address(), 4096);
          RawClient second = RawClient.connect(server.address(), 4096);
          RawClient third = RawClient.connect(server.address(), 4096)) {
        String get = "/images/big.raw";
        first.send(RawClient.request("GET", get, "X-Forwarded-For: 10.9.0.1"));
        assertEquals(200, first.readHead().status());
        second.send(RawClient.request("GET", get, "X-Forwarded-For: 10.9.0.2"));
        assertEquals(200, second.readHead().status());
        third.send(RawClient.request("GET", get, "X-Forwarded-For: 10.9.0.1"));
        assertEquals(503, third.readHead().status());
      }
    }
  }

  static byte[][] headersOfTheProxyProtocol() {
    HexFormat hex = HexFormat.of();
    return new byte[][] {
      "PROXY TCP4 10.9.0.1 10.0.0.1 4711 8088\r\n".getBytes(StandardCharsets.US_ASCII),
      hex.parseHex(V2 + "2111000c" + "0a090001" + "0a000001" + "1267" + "1f98"),
      // With an addition that nobody knows (§2.2).
      hex.parseHex(V2 + "21110011" + "0a090001" + "0a000001" + "1267" + "1f98" + "e00002abcd")
    };
  }

  @ParameterizedTest
  @MethodSource("headersOfTheProxyProtocol")
  void theProxyProtocolTellsWhoAsksAndWhere(byte[] header) throws Exception {
    try (RunningServer server = serve("trusted-proxy=127.0.0.1")) {
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      whole.writeBytes(header);
      whole.writeBytes(script("Host: boot.example").getBytes(StandardCharsets.US_ASCII));
      try (RawClient proxy = server.client()) {
        assertEquals(
            "10.9.0.1 http://boot.example:8088", told(proxy.send(whole.toByteArray()).read()));
        assertEquals(
            "10.9.0.1 http://boot.example:8088",
            told(proxy.send(script("Host: boot.example:8088")).read()));
        assertEquals("10.9.0.1 http://10.0.0.1:8088", told(proxy.send(script("Host: b:1")).read()));
      }
      try (RawClient slow = server.client()) {
        for (byte b : whole.toByteArray()) {
          slow.send(new byte[] {b});
        }
        assertEquals("10.9.0.1 http://boot.example:8088", told(slow.read()));
      }
    }
  }

  @Test
  void aProxyThatLooksAfterItselfOrDoesNotKnowIsItself() throws Exception {
    try (RunningServer server = serve("trusted-proxy=127.0.0.1")) {
      String port = Integer.toString(server.address().getPort());
      byte[] local = HexFormat.of().parseHex(V2 + "20000000");
      byte[] unknown = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
      for (byte[] header : new byte[][] {local, unknown, new byte[0]}) {
        try (RawClient proxy = server.client()) {
          proxy.send(header);
          assertEquals("127.0.0.1 http://h:" + port, told(proxy.send(script("Host: h")).read()));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 10.9.0.1 10.0.0.1 4711\r\n",
        "PROXY TCP4 10.9.0.999 10.0.0.1 4711 80\r\n",
        "PROXY NONSENSE\r\n"
      })
  void aBrokenHeaderEndsTheConnection(String header) throws Exception {
    try (RunningServer server = serve("trusted-proxy=127.0.0.1");
        RawClient proxy = server.client()) {
      proxy.send(header + script("Host: h"));
      assertEquals(0, proxy.countToTheEnd());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Host: localhost:PORT                             | true",
        "Host: LocalHost                                  | true",
        "Host: 127.0.0.1:PORT                             | true",
        "Host: 127.5.4.3:PORT                             | true",
        "Host: [::1]:PORT                                 | true",
        "Host: evil.example:PORT                          | false",
        "Host: 127.0.0.1.evil.example:PORT                | false",
        "Host: 10.0.0.1:PORT                              | false",
        "Host: localhost:PORT; Via: 1.1 proxy           | false",
        "Host: localhost:PORT; Forwarded: for=127.0.0.1 | false",
        "Host: localhost:PORT; X-Forwarded-For: 10.0.0.1| false",
        "Host: localhost:PORT; X-Forwarded-Proto: http  | false"
      })
  void withoutATokenOnlyThisMachineByItsOwnNameSeesSecretsAndChangesAnything(
      String fields, boolean trusted) throws Exception {
    try (RunningServer server = serve()) {
      String name =
          fields
              .replace("; ", "\r\n")
              .replace("PORT", Integer.toString(server.address().getPort()));
      ApiClient api = new ApiClient(server.address());
      api.send("PUT", M, "{\"macs\":[\"52:54:00:00:00:01\"],\"secrets\":{\"password\":\"x7\"}}");
      api.send("POST", M + "/install", "{}");
      String token = api.get(M).json().at("/installation/token").asText();
      assertEquals(32, token.length());
      for (String target :
          new String[] {
            M,
            "/api/v1/machines",
            "/api/v1/machines?format=csv",
            "/api/v1/profiles/install/render?machine=n1",
            "/api/v1/explain?mac=525400000001",
            M + "/history"
          }) {
        RawClient.Response response =
            ask(server, "GET " + target + " HTTP/1.1\r\n" + name + "\r\n\r\n");
        boolean shown = response.text().contains("x7") || response.text().contains(token);
        assertFalse(shown && !trusted, target + ": " + response.text());
        assertTrue(
            shown || !trusted || target.contains("explain") || target.endsWith("history"), target);
      }
      int status = ask(server, "DELETE " + M + " HTTP/1.1\r\n" + name + "\r\n\r\n").status();
      assertEquals(trusted ? 204 : 403, status);
    }
  }

  @Test
  void anAbsoluteTargetIsTheNameThatCounts() throws Exception {
    try (RunningServer server = serve()) {
      new ApiClient(server.address()).send("PUT", M, "{}");
      String request = "DELETE http://evil.example" + M + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      assertEquals(403, ask(server, request).status());
      String other = "DELETE http://localhost" + M + " HTTP/1.1\r\nHost: evil.example\r\n\r\n";
      assertEquals(403, ask(server, other).status());
    }
  }

  private int deleted(RunningServer server, String token) throws IOException {
    String field = token.isEmpty() ? "X: y" : "Authorization: Bearer " + token;
    return ask(server, RawClient.request("DELETE", "/api/v1/machines/none", field)).status();
  }

  @Test
  void theTokenIsReadAgainWhenItsFileChangesAndNoTokenOpensNothing() throws Exception {
    Path file = root.resolve("token");
    Files.writeString(file, TOKEN + "\n");
    try (RunningServer server = serve("api-token-file=" + file)) {
      assertEquals(404, deleted(server, TOKEN));
      assertEquals(401, deleted(server, ""));
      Files.writeString(file, TOKEN.replace("old", "new"));
      Await.until(
          "the new token counts", () -> deleted(server, TOKEN.replace("old", "new")) == 404);
      assertEquals(401, deleted(server, TOKEN));
      Path next = root.resolve("token.next");
      Files.writeString(next, TOKEN);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      Await.until("the one renamed over it counts", () -> deleted(server, TOKEN) == 404);
      Files.writeString(file, "");
      Await.until("an empty file is no token", () -> deleted(server, TOKEN) == 401);
      assertEquals(401, deleted(server, ""));
      Files.delete(file);
      assertEquals(401, deleted(server, ""));
      Files.writeString(file, TOKEN);
      Await.until("a token that is back counts", () -> deleted(server, TOKEN) == 404);
    }
  }
}
