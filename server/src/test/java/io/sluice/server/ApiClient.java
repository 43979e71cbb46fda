package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Talks to the API of a server, and holds every answer against its OpenAPI document. */
final class ApiClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final InetSocketAddress server;
  private final OpenApiContract contract;
  private final List<String> always;

  /**
   * A client.
   *
   * @param always header fields of every request, names and values in turn
   */
  ApiClient(InetSocketAddress server, String... always) throws IOException {
    this.server = server;
    this.always = List.of(always);
    this.contract = OpenApiContract.shipped();
  }

  /** An answer. */
  record Answer(RawClient.Response response) {
    int status() {
      return response.status();
    }

    String text() {
      return response.text();
    }

    JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new AssertionError(response.text(), e);
      }
    }

    String header(String name) {
      return response.find(name).orElse("");
    }
  }

  /** Asks until it is not told to come back later. */
  Answer eventually(String target) throws Exception {
    AtomicReference<Answer> answer = new AtomicReference<>();
    Await.until(
        target + " is answered",
        () -> {
          answer.set(get(target));
          return answer.get().status() != 503;
        });
    return answer.get();
  }

  Answer get(String target, String... headers) throws IOException {
    return send("GET", target, "", headers);
  }

  Answer send(String method, String target, String body, String... headers) throws IOException {
    return send(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  /**
   * Asks on a connection of its own.
   *
   * @param headers names and values in turn
   */
  Answer send(String method, String target, byte[] body, String... headers) throws IOException {
    List<String> fields = new ArrayList<>();
    List<String> all = new ArrayList<>(always);
    all.addAll(List.of(headers));
    for (int i = 0; i < all.size(); i += 2) {
      fields.add(all.get(i) + ": " + all.get(i + 1));
    }
    if (body.length > 0) {
      fields.add("Content-Length: " + body.length);
    }
    try (RawClient client = RawClient.connect(server)) {
      client.send(RawClient.request(method, target, fields.toArray(new String[0])));
      Answer answer = new Answer(client.send(body).read());
      if (target.startsWith("/api/v1")) {
        contract.check(method, target, answer.response());
      }
      return answer;
    }
  }
}
