package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A locked machine takes no install, and the history says who did what. */
@ExtendWith(NothingLeaks.class)
class LockIT {
  private static final String M = "/api/v1/machines/";
  private static final String NODE = "{\"macs\":[\"525400000001\"]}";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient nobody;
  private ApiClient ops;
  private ApiClient ci;

  @BeforeEach
  void start() throws IOException {
    Path tokens =
        Files.writeString(
            root.resolve("tokens"),
            "# who may\nops:correct-horse-battery\n\nci:staple-correct-battery\n");
    server = RunningServer.start(root, Transport.best(), "api-token-file=" + tokens);
    nobody = new ApiClient(server.address());
    ops = client("correct-horse-battery");
    ci = client("staple-correct-battery");
  }

  private ApiClient client(String token) throws IOException {
    return new ApiClient(server.address(), "Authorization", "Bearer " + token);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** What the machine boots. */
  private String boot() throws Exception {
    String script = nobody.get("/boot/52:54:00:00:00:01").text();
    return script.contains("sluice.complete")
        ? "install"
        : script.contains("sanboot") ? "disk" : script;
  }

  @Test
  void aLockedMachineTakesNoInstallAndGivesNoScriptUntilItIsUnlocked() throws Exception {
    ops.send("PUT", M + "n1", NODE);
    assertEquals(401, nobody.send("POST", M + "n1/lock", "").status());
    ApiClient.Answer locked = ops.send("POST", M + "n1/lock", "{\"reason\":\"holds data\"}");
    assertEquals(200, locked.status(), locked.text());
    JsonNode lock = nobody.get(M + "525400000001").json().get("lock");
    assertEquals("ops", lock.get("token").asText());
    assertEquals("127.0.0.1", lock.get("address").asText());
    assertEquals("holds data", lock.get("reason").asText());
    ApiClient.Answer refused = ci.send("POST", M + "n1/install", "{}");
    assertEquals(409, refused.status(), refused.text());
    String detail = refused.json().get("detail").asText();
    assertTrue(detail.contains("n1: locked by ops from 127.0.0.1 since "), detail);
    assertTrue(detail.contains("holds data"), detail);
    assertEquals("disk", boot());
    String explained = nobody.get("/api/v1/explain?machine=n1").text();
    assertTrue(explained.contains("it takes no install: it is locked by ops"), explained);
    assertEquals(1, nobody.get("/api/v1/machines?locked=true").json().get("machines").size());
    assertEquals(0, nobody.get("/api/v1/machines?locked=false").json().get("machines").size());
    assertEquals(422, nobody.get("/api/v1/machines?locked=maybe").status());
    ApiClient.Answer unlocked = ci.send("POST", M + "n1/unlock", "");
    assertFalse(unlocked.json().has("lock"), unlocked.text());
    assertEquals(200, ci.send("POST", M + "n1/install", "{}").status());
    assertEquals("install", boot());
  }

  @Test
  void anOpenInstallationIsSuspendedWhileItsMachineIsLocked() throws Exception {
    ops.send("PUT", M + "n1", NODE);
    ops.send("POST", M + "n1/install", "{}");
    assertEquals("install", boot());
    ops.send("POST", M + "n1/lock", "");
    assertEquals("disk", boot());
    JsonNode explained = nobody.get("/api/v1/explain?mac=525400000001").json();
    assertEquals("boot", explained.get("decision").asText());
    assertTrue(
        explained.get("reasons").toString().contains("it is locked by ops"), explained.toString());
    assertEquals(409, ops.send("POST", M + "n1/install", "{}").status());
    ops.send("POST", M + "n1/unlock", "");
    assertEquals("install", boot());
    ops.send("POST", M + "n1/lock", "");
    assertEquals(200, ops.send("POST", M + "n1/cancel", "").status());
  }

  @Test
  void aLockCannotBeGotRoundByDeletingTheMachineOrMovingItsCard() throws Exception {
    ops.send("PUT", M + "n1", NODE);
    ops.send("POST", M + "n1/lock", "");
    assertEquals(409, ops.send("DELETE", M + "n1", "").status());
    ApiClient.Answer moved = ops.send("PATCH", M + "n1", "{\"macs\":[]}");
    assertEquals(409, moved.status());
    assertEquals("macs", moved.json().get("field").asText());
    assertEquals(409, ops.send("PUT", M + "n1", "{\"serial\":\"SN-4711-X\"}").status());
    String imported = "[{\"id\":\"n1\",\"macs\":[]}]";
    assertEquals(409, ops.send("POST", "/api/v1/machines", imported).status());
    assertEquals(200, ops.send("PATCH", M + "n1", "{\"hostname\":\"a\"}").status());
    assertEquals(200, ops.send("PUT", M + "n1", NODE).status());
    assertTrue(nobody.get(M + "n1").json().has("lock"), "a put does not unlock");
  }

  @Test
  void aLockSurvivesARestart() throws Exception {
    ops.send("PUT", M + "n1", NODE);
    ops.send("POST", M + "n1/lock", "{\"reason\":\"r\"}");
    String before = nobody.get(M + "n1").text();
    server.close();
    server = RunningServer.start(root, Transport.best());
    nobody = new ApiClient(server.address(), "Origin", "http://elsewhere.example");
    assertEquals(before, nobody.get(M + "n1").text());
  }

  @Test
  void theHistorySaysWhoChangedWhichFieldsAndNoValue() throws Exception {
    ops.send("PUT", M + "n1", NODE);
    ci.send(
        "PATCH",
        M + "n1",
        "{\"hostname\":\"a\",\"vars\":{\"k\":\"v\"},\"secrets\":{\"pw\":\"s3cret\"}}");
    ci.send("POST", M + "n1/install", "{}");
    ops.send("POST", M + "n1/cancel", "");
    ops.send("POST", M + "n1/cancel", "");
    ops.send("POST", M + "n1/lock", "{\"reason\":\"why\"}");
    ops.send("POST", M + "n1/unlock", "");
    ci.send("POST", M + "n1/install", "{}");
    ops.send("POST", M + "n1/complete", "");
    ops.send("POST", "/api/v1/machines", "[{\"id\":\"n1\",\"macs\":[\"525400000001\"]}]");
    ops.send("PUT", M + "n1", NODE);
    ci.send("DELETE", M + "n1", "");
    StringBuilder seen = new StringBuilder();
    ApiClient.Answer history = nobody.get(M + "n1/history");
    for (JsonNode entry : history.json().get("history")) {
      assertEquals("127.0.0.1", entry.path("address").asText());
      seen.append(entry.path("token").asText())
          .append(' ')
          .append(entry.get("event").asText())
          .append(' ')
          .append(entry.get("detail").asText())
          .append('\n');
    }
    assertEquals(
        """
        ci deleted\s
        ops changed hostname, secrets.pw, vars.k
        ops done an operator said so
        ci wanted install
        ops unlocked\s
        ops locked why
        ops cancelled\s
        ci wanted install
        ci changed hostname, secrets.pw, vars.k
        ops created macs
        """,
        seen.toString());
    assertFalse(history.text().contains("s3cret"), history.text());
    assertEquals(404, nobody.get(M + "n2/history").status());
  }

  @Test
  void aTokenIsTakenWithAndWithoutItsName() throws Exception {
    assertEquals(201, client("ops:correct-horse-battery").send("PUT", M + "n1", NODE).status());
    assertEquals(401, client("ci:correct-horse-battery").send("PUT", M + "n1", NODE).status());
    assertEquals(401, client("ops").send("PUT", M + "n1", NODE).status());
    assertEquals(401, client("# who may").send("PUT", M + "n1", NODE).status());
    JsonNode entry = nobody.get(M + "n1/history").json().at("/history/0");
    assertEquals("ops", entry.get("token").asText());
  }
}
