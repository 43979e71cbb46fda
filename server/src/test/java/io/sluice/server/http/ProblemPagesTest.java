package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProblemPagesTest {
  private static final String HOSTILE = "/a\"b\\c\u2028<ü>: no such file";

  private static Reply.Problem problem() {
    return new Reply.Problem(
        HttpResponseStatus.NOT_FOUND, HOSTILE, Map.of(ResponseFields.RETRY_AFTER, "7"));
  }

  @Test
  void peopleGetOnePlainLineThatBeginsWithTheStatus() {
    Reply.Page page = ProblemPages.line(problem());
    assertEquals(HttpResponseStatus.NOT_FOUND, page.status());
    assertEquals("text/plain; charset=utf-8", page.contentType());
    String body = new String(page.body(), StandardCharsets.UTF_8);
    assertEquals("404 " + HOSTILE + "\n", body);
    assertEquals(1, body.lines().count());
  }

  @Test
  void programsGetProblemDetails() throws IOException {
    Reply.Page page = ProblemPages.json(problem());
    assertEquals(HttpResponseStatus.NOT_FOUND, page.status());
    assertEquals("application/problem+json", page.contentType());
    Map<String, String> members = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(page.body())) {
      assertEquals(JsonToken.START_OBJECT, json.nextToken());
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        members.put(name, json.getText());
      }
      assertEquals(JsonToken.END_OBJECT, json.currentToken());
      assertNull(json.nextToken());
    }
    assertEquals(
        Map.of("type", "about:blank", "title", "Not Found", "status", "404", "detail", HOSTILE),
        members);
  }

  @Test
  void bothKeepTheHeaderFieldsOfTheProblem() {
    for (Reply.Page page :
        new Reply.Page[] {ProblemPages.line(problem()), ProblemPages.json(problem())}) {
      assertTrue(page.headers().containsValue("7"));
    }
  }
}
