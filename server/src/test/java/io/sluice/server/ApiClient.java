package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/** Talks to the API of a server, and holds every answer against its OpenAPI document. */
final class ApiClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final InetSocketAddress server;
  private final OpenApiContract contract;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> always;

  ApiClient(InetSocketAddress server, String... always) throws IOException {
    this.server = server;
    this.always = List.of(always);
    this.contract = OpenApiContract.shipped();
  }

  /** An answer. */
  record Answer(HttpResponse<String> response) {
    int status() {
      return response.statusCode();
    }

    String text() {
      return response.body();
    }

    JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new AssertionError(response.body(), e);
      }
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  URI uri(String target) {
    return URI.create("http://" + server.getHostString() + ":" + server.getPort() + target);
  }

  HttpClient http() {
    return http;
  }

  Answer get(String target, String... headers) throws Exception {
    return send("GET", target, "", headers);
  }

  /**
   * Asks.
   *
   * @param headers names and values in turn
   */
  Answer send(String method, String target, String body, String... headers) throws Exception {
    HttpRequest.BodyPublisher publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    List<String> all = new ArrayList<>(always);
    all.addAll(List.of(headers));
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(target)).method(method, publisher);
    for (int i = 0; i < all.size(); i += 2) {
      request.header(all.get(i), all.get(i + 1));
    }
    Answer answer = new Answer(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    if (target.startsWith("/api/v1")) {
      contract.check(method, target, answer.response());
    }
    return answer;
  }
}
