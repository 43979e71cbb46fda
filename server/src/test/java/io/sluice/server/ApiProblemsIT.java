package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every problem under {@code /api} is told as RFC 9457 has it, whoever found it. */
@ExtendWith(NothingLeaks.class)
class ApiProblemsIT {
  private static final String M = "/api/v1/machines";

  @TempDir Path root;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static String request(String method, String target, String... fields) {
    return RawClient.request(method, target, fields);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(404, request("GET", "/api")),
        Arguments.of(404, request("GET", "/api/")),
        Arguments.of(404, request("POST", "/api/v2/machines")),
        Arguments.of(404, request("GET", "/%61pi/v1/nothing")),
        Arguments.of(404, request("GET", "//api//v1//nothing/")),
        Arguments.of(404, request("GET", "http://sluice/api/v1/nothing")),
        Arguments.of(404, request("GET", M + "/none")),
        Arguments.of(405, request("DELETE", M)),
        Arguments.of(405, request("OPTIONS", M)),
        Arguments.of(405, request("BREW", M)),
        Arguments.of(400, request("GET", M + "/%zz")),
        Arguments.of(400, request("GET", M + "/../images")),
        Arguments.of(400, request("GET", M + "/%00")),
        Arguments.of(400, request("GET", M + "#top")),
        Arguments.of(400, request("GET", M + "?tag=%zz")),
        Arguments.of(400, request("GET", M + "?tag=a b")),
        Arguments.of(400, request("GET", M, "Host: twice")),
        Arguments.of(400, request("GET", M, "No colon")),
        Arguments.of(400, request("GET", M, "A: b", " folded")),
        Arguments.of(400, request("PUT", M + "/a", "Transfer-Encoding: chunked") + "zz\r\n"),
        Arguments.of(417, request("GET", M, "Expect: miracles")),
        Arguments.of(505, "GET " + M + " HTTP/2.0\r\nHost: x\r\n\r\n"),
        Arguments.of(414, request("GET", M + "?text=" + "x".repeat(9000))),
        Arguments.of(414, "GET " + M + "?text=" + "x".repeat(20_000)),
        Arguments.of(431, request("GET", M, "A: " + "x".repeat(20_000))),
        Arguments.of(431, request("GET", M, "A: b\r\n".repeat(101).strip())),
        Arguments.of(413, request("PUT", M + "/a", "Content-Length: 9999999")),
        Arguments.of(
            415, request("PUT", M + "/a", "Content-Type: a/b", "Content-Length: 1") + "x"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void everyRefusalIsAProblemDocument(int status, String bytes) throws Exception {
    try (RawClient client = server.client()) {
      RawClient.Response answer = client.send(bytes).read();
      String shown = bytes.substring(0, Math.min(100, bytes.length()));
      assertEquals(status, answer.status(), shown);
      assertEquals("application/problem+json", answer.field("Content-Type"), shown);
      JsonNode problem = new ObjectMapper().readTree(answer.body());
      assertEquals(status, problem.get("status").asInt());
      assertTrue(
          problem.get("detail").asText().contains("expected") || status == 404, problem.toString());
    }
  }

  @Test
  void elsewhereARefusalIsALine() throws Exception {
    for (String target : new String[] {"/apis", "/images/%zz", "/images/api", "/none"}) {
      try (RawClient client = server.client()) {
        RawClient.Response answer = client.get(target);
        assertEquals("text/plain; charset=utf-8", answer.field("Content-Type"), target);
      }
    }
  }

  @Test
  void anUnknownParameterIsRefusedByEveryMethodAndNothingIsDone() throws Exception {
    ApiClient api = new ApiClient(server.address());
    assertEquals(201, api.send("PUT", M + "/n1", "{\"macs\":[\"525400000001\"]}").status());
    server.write("images/a.raw", "x".getBytes(StandardCharsets.UTF_8));
    String[] requests = {
      "GET /api/v1/openapi.json",
      "GET " + M,
      "POST " + M,
      "GET " + M + "/n1",
      "PUT " + M + "/n1",
      "PATCH " + M + "/n1",
      "DELETE " + M + "/n1",
      "GET " + M + "/n1/history",
      "POST " + M + "/n1/install",
      "POST " + M + "/n1/cancel",
      "POST " + M + "/n1/complete",
      "GET /api/v1/explain",
      "GET /api/v1/profiles",
      "GET /api/v1/profiles/local/render",
      "GET /api/v1/images",
      "GET /api/v1/images/a.raw",
      "PUT /api/v1/images/a.raw",
      "DELETE /api/v1/images/a.raw",
      "GET /api/v1/images/a.raw/upload",
      "DELETE /api/v1/images/a.raw/upload",
      "GET /api/v1/events",
      "POST /api/v1/installations/x/complete",
      "GET /api/v1/installations/x/fail",
    };
    for (String each : requests) {
      String[] parts = each.split(" ", 2);
      for (String query : new String[] {"?colour=red", "?dryrun=true", "?x"}) {
        ApiClient.Answer answer = api.send(parts[0], parts[1] + query, "");
        assertEquals(422, answer.status(), each + query + ": " + answer.text());
        String name = query.substring(1).split("=", -1)[0];
        assertEquals(name, answer.json().path("field").asText(), each);
        assertTrue(answer.json().get("detail").asText().startsWith(name + ": "), answer.text());
      }
    }
    assertEquals(200, api.get("/api/v1/images/a.raw").status(), "nothing was deleted");
    assertEquals(200, api.get(M + "/n1").status());
    ApiClient.Answer answer = api.get(M + "?colour=red");
    assertEquals(
        "colour: red (expected: one of after, arch, format, image, limit, locked, profile, state, tag,"
            + " text)",
        answer.json().get("detail").asText());
    assertEquals(422, api.get(M + "?tag=a&tag=b").status());
  }
}
