package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests to the API that nobody sends by mistake, and what they may cost. */
@ExtendWith(NothingLeaks.class)
class HostileApiIT {
  private static final String MACHINES = "/api/v1/machines";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  static List<String> hostileJson() {
    return List.of(
        "null",
        "true",
        "{} {}",
        "{\"macs\":[}",
        "{\"vars\":".repeat(2000),
        "[".repeat(2000),
        "{\"serial\":\"" + "x".repeat(100_000) + "\"}",
        "{\"" + "x".repeat(100_000) + "\":1}");
  }

  @ParameterizedTest
  @MethodSource("hostileJson")
  void badJsonGetsOneShortLine(String body) throws Exception {
    for (String method : new String[] {"PUT", "POST"}) {
      String target = method.equals("PUT") ? MACHINES + "/n1" : MACHINES;
      ApiClient.Answer answer = api.send(method, target, body);
      assertTrue(answer.status() == 400 || answer.status() == 422, answer.text());
      String detail = answer.json().get("detail").asText();
      assertTrue(detail.length() < 500 && detail.lines().count() == 1, detail);
      assertFalse(detail.contains("Source"), detail);
    }
  }

  @Test
  void aTableWithoutAUsableHeadGetsOneShortLine() throws Exception {
    for (String table :
        new String[] {
          "id,id\na,b\n", "id,colour\na,\n", "a,".repeat(20_000) + "\n1\n", "id\na,b\n"
        }) {
      ApiClient.Answer answer = api.send("POST", MACHINES, table, "Content-Type", "text/csv");
      assertTrue(answer.status() == 400 || answer.status() == 422, answer.text());
      String detail = answer.json().get("detail").asText();
      assertTrue(detail.length() < 500 && !detail.contains("Exception"), detail);
    }
  }

  @Test
  void aTableMayBeginWithAByteOrderMarkAndErrorsNameTheLine() throws Exception {
    String table = "\ufeffid,macs\n\"a\",\n\nb,\"5254\n\"\n";
    ApiClient.Answer answer = api.send("POST", MACHINES, table, "Content-Type", "text/csv");
    assertEquals("line 4: macs", answer.json().path("field").asText(), answer.text());
  }

  @Test
  void anImportHasABound() throws Exception {
    String table =
        IntStream.rangeClosed(0, 10_000)
            .mapToObj(i -> "m" + i + "\n")
            .collect(Collectors.joining("", "id\n", ""));
    assertEquals(413, api.send("POST", MACHINES, table, "Content-Type", "text/csv").status());
    assertEquals(0, api.get(MACHINES).json().get("machines").size());
  }

  @Test
  void aTableWhoseLastQuoteIsLostIsRefusedWhole() throws Exception {
    String table = "id,hostname\na,h1\nb,\"h2\nc,h3\n";
    ApiClient.Answer answer = api.send("POST", MACHINES, table, "Content-Type", "text/csv");
    assertEquals(400, answer.status());
    assertTrue(answer.text().contains("line 3 (expected: a quote"), answer.text());
    answer = api.send("POST", MACHINES, "id,nonsense\n", "Content-Type", "text/csv");
    assertEquals(422, answer.status(), "a head without rows, too");
    assertEquals(0, api.get(MACHINES).json().get("machines").size());
  }

  @Test
  void aPageOfAListEndsWhenItIsLargeAndIsGoneOnWith() throws Exception {
    String value = "v".repeat(16_000);
    for (int i = 0; i < 10; i++) {
      String vars =
          IntStream.range(0, 12)
              .mapToObj(n -> "\"v" + n + "\":\"" + value + "\"")
              .collect(Collectors.joining(","));
      String body = "{\"vars\":{" + vars + "}}";
      assertEquals(201, api.send("PUT", MACHINES + "/m" + i, body).status());
    }
    List<String> seen = new ArrayList<>();
    String after = "";
    int pages = 0;
    do {
      ApiClient.Answer page = api.get(MACHINES + "?limit=1000&after=" + after);
      assertTrue(page.response().body().length < 500_000, "a page of bearable size");
      page.json().get("machines").forEach(machine -> seen.add(machine.get("id").asText()));
      after = page.json().path("next").asText("");
      pages++;
    } while (!after.isEmpty());
    assertEquals(10, seen.size());
    assertEquals(10, seen.stream().distinct().count());
    assertTrue(pages > 1, "several pages");
  }

  @Test
  void streamsOfEventsAreBounded() throws Exception {
    List<RawClient> listening = new ArrayList<>();
    try {
      for (int i = 0; i < 32; i++) {
        RawClient client = server.client();
        listening.add(client);
        client.send(RawClient.request("GET", "/api/v1/events"));
        assertEquals(200, client.readHead().status());
      }
      assertEquals(503, api.get("/api/v1/events").status());
    } finally {
      for (RawClient client : listening) {
        client.close();
      }
    }
    Await.until(
        "there is room again",
        () -> {
          try (RawClient client = server.client()) {
            client.send(RawClient.request("GET", "/api/v1/events"));
            return client.readHead().status() == 200;
          }
        });
  }
}
