package io.sluice.server.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which running server a command talks to, and the way there. */
final class ServerConnection {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "${env:SLUICE_SERVER:-http://127.0.0.1:8080}",
      description = "the server to talk to (default: ${DEFAULT-VALUE})")
  private String server = "";

  @Option(
      names = "--api-token-file",
      paramLabel = "FILE",
      defaultValue = "${env:SLUICE_API_TOKEN_FILE:-}",
      description = "holds the token of the API")
  private String tokenFile = "";

  private @Nullable HttpClient client;

  /** The server does not do it, and said why. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String field;
    private final String detail;

    Refusal(int status, String field, String detail) {
      super(status + " " + detail);
      this.status = status;
      this.field = field;
      this.detail = detail;
    }

    int status() {
      return status;
    }

    /** What of the request was wrong, empty when the server does not say. */
    String field() {
      return field;
    }

    /** One line. */
    String detail() {
      return detail;
    }
  }

  /** The answer of a server to something it did not refuse. */
  record Answer(int status, String text, String link, String etag) {
    private static final Pattern NEXT = Pattern.compile("</api/v1(/[^>]*)>; rel=\"next\"");

    /** Where it goes on, below {@code /api/v1}; empty when it does not. */
    String next() {
      Matcher found = NEXT.matcher(link);
      return found.matches() ? found.group(1) : "";
    }

    /** The answer as an object. */
    Map<String, @Nullable Object> object() throws IOException {
      return map(text.isEmpty() ? null : JSON.std.mapFrom(text));
    }

    /** The objects of a list in the answer. */
    List<Map<String, @Nullable Object>> objects(String name) throws IOException {
      List<Map<String, @Nullable Object>> objects = new ArrayList<>();
      if (object().get(name) instanceof List<?> list) {
        for (Object each : list) {
          objects.add(map(each));
        }
      }
      return objects;
    }
  }

  /** An object within an answer; an empty one when it is none. */
  static Map<String, @Nullable Object> map(@Nullable Object value) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> found) {
      found.forEach((key, each) -> map.put(String.valueOf(key), each));
    }
    return map;
  }

  /** A part of a path. */
  static String part(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  Answer get(String path) throws IOException {
    return send(request(path).GET().build());
  }

  Answer post(String path, Map<String, @Nullable Object> body) throws IOException {
    return send("POST", path, "application/json", JSON.std.asString(body));
  }

  /** Sends something to be taken only when the server still has what this entity tag names. */
  Answer sendIfMatch(String method, String path, String type, String body, String etag)
      throws IOException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    return send((etag.isEmpty() ? request : request.header("If-Match", etag)).build());
  }

  /** Sends bytes as they are. */
  Answer send(String method, String path, String type, byte[] body) throws IOException {
    return send(
        request(path)
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
            .build());
  }

  Answer send(String method, String path, String type, String body) throws IOException {
    HttpRequest.BodyPublisher publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    return send(request(path).header("Content-Type", type).method(method, publisher).build());
  }

  /**
   * Begins a request.
   *
   * @param path below {@code /api/v1}
   */
  HttpRequest.Builder request(String path) throws IOException {
    URI uri;
    try {
      uri = URI.create(server.replaceFirst("/+$", "") + "/api/v1" + path);
      HttpRequest.Builder request = HttpRequest.newBuilder(uri);
      if (!tokenFile.isEmpty()) {
        request.header("Authorization", "Bearer " + token(Path.of(tokenFile)));
      }
      return request;
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "--server: " + server + " (expected: a URL such as http://10.0.0.1:8080)", e);
    }
  }

  /** The first token of a file as servers have it. */
  private static String token(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .findFirst()
          .orElseThrow(() -> new IOException("it is empty"));
    } catch (IOException e) {
      throw new IOException(
          "--api-token-file: " + file + " (expected: a file that holds the token; " + e + ")", e);
    }
  }

  /** Made when it is needed: it has threads, and every command that is not run has one of these. */
  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      made =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(PATIENCE)
              .build();
      client = made;
    }
    return made;
  }

  /**
   * Sends a request.
   *
   * @throws Refusal when the server refuses it, with what it said
   * @throws IOException when it cannot be reached
   */
  Answer send(HttpRequest request) throws IOException {
    try {
      HttpResponse<String> response =
          client().send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (response.statusCode() >= 400) {
        throw refusal(response);
      }
      return new Answer(
          response.statusCode(),
          response.body(),
          response.headers().firstValue("Link").orElse(""),
          response.headers().firstValue("ETag").orElse(""));
    } catch (ConnectException e) {
      throw new IOException("--server: " + server + " (expected: a server that listens there)", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Refusal refusal(HttpResponse<String> response) {
    int status = response.statusCode();
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
      return new Refusal(
          status,
          "",
          "--api-token-file: "
              + (tokenFile.isEmpty() ? "not given" : tokenFile)
              + " (expected: a file with a token of this server)");
    }
    try {
      Map<String, @Nullable Object> problem = map(JSON.std.mapFrom(response.body()));
      Object field = problem.get("field");
      return new Refusal(
          status, field == null ? "" : field.toString(), String.valueOf(problem.get("detail")));
    } catch (IOException notJson) {
      return new Refusal(status, "", response.body().strip());
    }
  }

  /** All of a stream as text. */
  static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
