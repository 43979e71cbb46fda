package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import io.sluice.server.store.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Two servers on one PostgreSQL: what one was told holds for the other. */
@EnabledIf("io.sluice.server.store.PostgresServer#isInstalled")
class SharedStoreIT {
  private static final String M = "/api/v1/machines/";
  private static final String NODE = "{\"macs\":[\"525400000001\"]}";

  /** Less than anybody waits for a record that another session holds. */
  private static final Duration AT_ONCE = Duration.ofMillis(900);

  @TempDir private static Path folder;
  private static PostgresServer postgres;

  private final List<Long> stopped = new ArrayList<>();
  private String url;
  private RunningServer serverA;
  private RunningServer serverZ;
  private ApiClient a;
  private ApiClient z;

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres = PostgresServer.start(folder);
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  @BeforeEach
  void start() throws Exception {
    url = postgres.newDatabase();
    serverA = server("a");
    serverZ = server("z");
    a = new ApiClient(serverA.address());
    z = new ApiClient(serverZ.address());
    assertEquals(201, a.send("PUT", M + "m", NODE).status());
    assertEquals(200, z.get(M + "m").status());
  }

  @AfterEach
  void stop() throws Exception {
    resume();
    serverA.close();
    serverZ.close();
  }

  private RunningServer server(String name) throws IOException {
    return RunningServer.start(
        Files.createTempDirectory(folder, name),
        Transport.best(),
        "store=" + url + "&ApplicationName=" + name);
  }

  /** The database does not answer Z any more, on any connection there is. */
  private void stopDatabaseForZ() throws Exception {
    Await.until(
        "the one that listens, and one that asks", () -> postgres.backends(url, "z").size() > 1);
    List<Long> backends = postgres.backends(url, "z");
    PostgresServer.signal("STOP", backends);
    stopped.addAll(backends);
  }

  private void resume() throws Exception {
    PostgresServer.signal("CONT", stopped);
    stopped.clear();
  }

  private static String state(ApiClient server) throws IOException {
    return server.get(M + "m").json().at("/installation/state").asText();
  }

  private static String token(ApiClient.Answer answer) {
    String token = answer.json().at("/installation/token").asText();
    assertTrue(!token.isEmpty(), answer.text());
    return token;
  }

  private CompletableFuture<ApiClient.Answer> later(String target) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return z.send("POST", target, "");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void aCancellationThatIsAcknowledgedIsWritten() throws Exception {
    stopDatabaseForZ();
    assertEquals(200, a.send("POST", M + "m/install", "").status());
    ApiClient.Answer cancelled = z.send("POST", M + "m/cancel", "");
    resume();
    assertEquals(cancelled.status() == 200 ? "cancelled" : "wanted", state(a), cancelled.text());
    Await.until("Z is well", () -> z.send("POST", M + "m/cancel", "").status() == 200);
    assertEquals("cancelled", state(a));
  }

  @Test
  void aCancellationThatWaitedForTheDatabaseIsWritten() throws Exception {
    stopDatabaseForZ();
    CompletableFuture<ApiClient.Answer> cancelled = later(M + "m/cancel");
    assertEquals(200, a.send("POST", M + "m/install", "").status());
    resume();
    if (cancelled.get().status() == 200) {
      String now = state(a);
      assertTrue(now.equals("cancelled") || now.equals("wanted"), now);
    }
  }

  @Test
  void whatIsOverIsInstalledAnewAndNotWithTheOldToken() throws Exception {
    String first = token(a.send("POST", M + "m/install", ""));
    assertEquals(first, token(z.get(M + "m")));
    stopDatabaseForZ();
    assertEquals(200, a.send("POST", M + "m/complete", "").status());
    ApiClient.Answer again = z.send("POST", M + "m/install", "");
    resume();
    if (again.status() == 200) {
      assertEquals(token(a.get(M + "m")), token(again));
    } else {
      assertEquals(503, again.status(), again.text());
    }
    Await.until("Z is well", () -> z.send("POST", M + "m/install", "").status() == 200);
    assertEquals("wanted", state(a));
    assertTrue(!first.equals(token(a.get(M + "m"))));
  }

  @Test
  void whatOneServerHasMadeIsThereOnTheOther() throws Exception {
    for (int i = 0; i < 5; i++) {
      String id = "made" + i;
      String body = String.format("{\"macs\":[\"52540001%04x\"]}", i);
      assertEquals(201, a.send("PUT", M + id, body).status());
      assertEquals(200, z.get(M + id).status(), id);
      ApiClient.Answer set = z.send("POST", M + id + "/install", "");
      assertEquals(200, set.status(), set.text());
      String token = token(set);
      String complete = "/api/v1/installations/" + token + "/complete";
      assertEquals(200, later(a, complete).get().status());
      assertEquals(204, z.send("DELETE", M + id, "").status());
      assertEquals(404, a.get(M + id).status());
    }
  }

  private static CompletableFuture<ApiClient.Answer> later(ApiClient server, String target) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return server.send("POST", target, "");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void aRecordThatSomebodyHoldsHoldsUpNobodyElse() throws Exception {
    assertEquals(201, a.send("PUT", M + "n", "{\"macs\":[\"525400000002\"]}").status());
    try (Connection other = DriverManager.getConnection(url);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT * FROM machine WHERE id = 'm' FOR UPDATE");
      List<CompletableFuture<ApiClient.Answer>> held =
          IntStream.range(0, 40).mapToObj(i -> later(a, M + "m/install")).toList();
      for (int i = 0; i < 5; i++) {
        long begun = System.nanoTime();
        assertEquals(200, a.get(M + "m").status());
        assertEquals(200, a.get("/api/v1/machines").status());
        assertEquals(200, a.send("PATCH", M + "n", "{\"hostname\":\"n" + i + "\"}").status());
        assertTrue(
            System.nanoTime() - begun < AT_ONCE.toNanos() * (i == 0 ? 2 : 1),
            "held up by a record of another machine");
      }
      for (CompletableFuture<ApiClient.Answer> each : held) {
        assertEquals(503, each.get().status(), each.get().text());
      }
      other.rollback();
    }
    assertEquals(200, a.send("POST", M + "m/install", "").status());
  }

  @Test
  void aSessionThatHoldsWhatAllWritersNeedHoldsUpNoReader() throws Exception {
    try (Connection other = DriverManager.getConnection(url);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("UPDATE revision SET latest = latest");
      List<CompletableFuture<ApiClient.Answer>> held =
          IntStream.range(0, 40).mapToObj(i -> later(a, M + "m/install")).toList();
      long begun = System.nanoTime();
      assertEquals(200, a.get(M + "m").status());
      assertTrue(System.nanoTime() - begun < AT_ONCE.toNanos(), "a reader is held up");
      other.rollback();
      for (CompletableFuture<ApiClient.Answer> each : held) {
        assertTrue(List.of(200, 503).contains(each.get().status()), each.get().text());
      }
    }
  }
}
