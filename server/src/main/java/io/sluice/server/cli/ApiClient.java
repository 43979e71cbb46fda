package io.sluice.server.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
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

/** A client of the API of one server, which options of the command line name. */
final class ApiClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

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

  /** A response of status 400 or more: the server has refused the request and said why. */
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

    /** The field of the request that was wrong; empty when the server names none. */
    String field() {
      return field;
    }

    /** One line. */
    String detail() {
      return detail;
    }
  }

  /** A response of a status below 400. */
  record Answer(String text, String link, String etag) {
    private static final Pattern NEXT = Pattern.compile("</api/v1(/[^>]*)>; rel=\"next\"");

    /** The next page, below {@code /api/v1}; empty when this is the last. */
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

  /** A value of an answer as an object; an empty one when the value is none. */
  static Map<String, @Nullable Object> map(@Nullable Object value) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> found) {
      found.forEach((key, each) -> map.put(String.valueOf(key), each));
    }
    return map;
  }

  /** Text percent-encoded as a part of a path or a query. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A parameter of a query after an ampersand; nothing when it has no value. */
  static String parameter(String name, String value) {
    return value.isEmpty() ? "" : "&" + name + "=" + encode(value);
  }

  Answer get(String path) throws IOException {
    return send(request(path).GET().build());
  }

  Answer post(String path, Map<String, @Nullable Object> body) throws IOException {
    return send("POST", path, "application/json", JSON.std.asString(body));
  }

  Answer delete(String path) throws IOException {
    return send("DELETE", path, "application/json", "");
  }

  Answer send(String method, String path, String type, String body) throws IOException {
    return send(method, path, type, body, "");
  }

  /** Sends text that the server takes only while its own has this entity tag, unless empty. */
  Answer send(String method, String path, String type, String body, String etag)
      throws IOException {
    return send(method, path, type, body.getBytes(StandardCharsets.UTF_8), etag);
  }

  Answer send(String method, String path, String type, byte[] body, String etag)
      throws IOException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    return send((etag.isEmpty() ? request : request.header("If-Match", etag)).build());
  }

  /**
   * Begins a request.
   *
   * @param path below {@code /api/v1}
   */
  HttpRequest.Builder request(String path) throws IOException {
    try {
      URI uri = URI.create(server.replaceFirst("/+$", "") + "/api/v1" + path);
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

  /** The first token of a file in the format of the server's token file. */
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

  /** Made for the first request: it has threads, and picocli creates every command of the tree. */
  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      made =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT_TIMEOUT)
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
}
