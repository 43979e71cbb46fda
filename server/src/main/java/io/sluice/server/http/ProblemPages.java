package io.sluice.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Problems as people and firmware read them, one plain line, and as programs do, RFC 9457. */
final class ProblemPages {
  private static final JsonFactory JSON = new JsonFactory();

  private ProblemPages() {}

  /** One plain line that begins with the status. */
  static Reply.Page line(Reply.Problem problem) {
    String line = problem.status().code() + " " + problem.detail() + "\n";
    return new Reply.Page(
        problem.status(),
        "text/plain; charset=utf-8",
        line.getBytes(StandardCharsets.UTF_8),
        problem.headers());
  }

  /**
   * {@code application/problem+json}; the type is about:blank, so the title is that of the status
   * (RFC 9457 §4.2.1).
   */
  static Reply.Page json(Reply.Problem problem) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(body)) {
      json.writeStartObject();
      json.writeStringField("type", "about:blank");
      json.writeStringField("title", problem.status().reasonPhrase());
      json.writeNumberField("status", problem.status().code());
      json.writeStringField("detail", problem.detail());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return new Reply.Page(
        problem.status(), "application/problem+json", body.toByteArray(), problem.headers());
  }
}
