package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images and profiles that are named by what is written, and whether they are there. */
@ExtendWith(NothingLeaks.class)
class ReferencesIT {
  private static final String M = "/api/v1/machines";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    put("images/debian.raw", "a disk");
    put("images/debian-old.raw", "a disk");
    put("profiles/gpu.grub", "boot\n");
    put("profiles/burn.ipxe", "#!ipxe\n{{ option installs \"yes\" }}\n");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private void put(String name, String text) {
    server.write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String json(String single) {
    return single.replace('\'', '"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "PUT;   /n1;         {'image':'debain.raw'};           image",
        "PUT;   /n1;         {'image':'none.raw.zst'};         image",
        "PUT;   /n1;         {'profile':'gup'};                profile",
        "PATCH; /n0;         {'image':'debain.raw'};           image",
        "PATCH; /n0;         {'profile':'gup'};                profile",
        "POST;  '';          [{'id':'a','image':'debain.raw'}]; machine 0: image",
        "POST;  '';          [{'id':'a','profile':'gup'}];     machine 0: profile",
        "POST;  /n0/install; {'image':'debain.raw'};           image",
        "POST;  /n0/install; {'profile':'bunr'};               profile"
      })
  void whatIsNamedAndNotThereIsAnErrorUnlessItComesLater(
      String method, String path, String body, String field) throws IOException {
    String target = M + path.replace("''", "").strip();
    api.send("PUT", M + "/n0", "{}");
    ApiClient.Answer answer = api.send(method, target, json(body));
    assertEquals(422, answer.status(), answer.text());
    JsonNode problem = answer.json();
    assertEquals(field, problem.get("field").asText());
    String wrong = body.replaceAll(".*:'([^']*)'.*", "$1");
    String detail = problem.get("detail").asText();
    assertTrue(detail.startsWith(field + ": " + wrong + " (expected: "), detail);
    String near =
        wrong.startsWith("de") || wrong.startsWith("no")
            ? "debian.raw"
            : wrong.equals("gup") ? "gpu" : "burn";
    assertTrue(detail.contains(near), detail);
    assertTrue(detail.contains("force"), detail);
    assertEquals(422, api.send(method, target + "?force=perhaps", json(body)).status());
    assertTrue(api.send(method, target + "?force=true", json(body)).status() < 300);
  }

  @Test
  void aTableNamesTheLineAndTheFieldThatIsWrong() throws IOException {
    String table = "id,image\na,debian.raw\nb,nosuch.raw\n";
    ApiClient.Answer answer = api.send("POST", M, table, "Content-Type", "text/csv");
    assertEquals(422, answer.status());
    assertEquals("line 3: image", answer.json().get("field").asText());
    assertEquals(404, api.get(M + "/a").status(), "all or none");
    String later = M + "?force=true";
    assertEquals(200, api.send("POST", later, table, "Content-Type", "text/csv").status());
    // What went meanwhile is not in the way of what stays as it was.
    assertEquals(200, api.send("POST", M, table, "Content-Type", "text/csv").status());
  }

  @Test
  void anImageMayBeWhatIsMadeOfAnother() throws IOException {
    server.write("images/small.qcow2", new Qcow2Writer(3, 16, 1 << 20).image());
    for (String name :
        new String[] {"small.raw", "small.qcow2", "small.raw.zst", "debian.raw.gz"}) {
      assertEquals(200 + (name.equals("small.raw") ? 1 : 0), put("{'image':'" + name + "'}"), name);
    }
    assertEquals(200, put("{'profile':'gpu'}"), "there for GRUB only");
    assertEquals(200, put("{'profile':'menu'}"), "shipped");
  }

  private int put(String body) throws IOException {
    return api.send("PUT", M + "/n1", json(body)).status();
  }

  @Test
  void onlyWhatAWriteChangesIsLookedUp() throws IOException {
    assertEquals(201, put("{'image':'debian.raw','profile':'gpu'}"));
    Files.delete(root.resolve("images/debian.raw"));
    Files.delete(root.resolve("profiles/gpu.grub"));
    assertEquals(200, api.send("PATCH", M + "/n1", "{\"tags\":[\"a\"]}").status());
    assertEquals(200, put("{'image':'debian.raw','profile':'gpu','tags':['b']}"));
    assertEquals(422, api.send("POST", M + "/n1/install", "{}").status(), "is to be installed now");
    assertEquals(200, api.send("POST", M + "/n1/install?force=true", "{}").status());
    assertEquals(200, api.send("POST", M + "/n1/install", "{}").status(), "asked for before");
    assertEquals(200, api.send("PATCH", M + "/n1", "{\"image\":null}").status());
    assertEquals(422, api.send("PATCH", M + "/n1", "{\"image\":\"debian.raw\"}").status());
  }

  @Test
  void aProfileThatIsThereAndDoesNotInstallIsNoneThatComesLater() throws IOException {
    api.send("PUT", M + "/n1", "{}");
    String body = "{\"profile\":\"menu\"}";
    ApiClient.Answer answer = api.send("POST", M + "/n1/install?force=true", body);
    assertEquals(422, answer.status());
    assertTrue(answer.text().contains("burn"), answer.text());
  }

  private JsonNode ruleProblems() throws IOException {
    return api.get("/api/v1/profiles").json().get("rule_problems");
  }

  private String boots() throws IOException {
    return api.get("/boot/52:54:00:00:00:07").text();
  }

  @Test
  void aRuleThatNamesNoProfileIsToldAndTheRulesBeforeStayInUse() throws Exception {
    put("profiles/one.ipxe", "#!ipxe\necho one\n");
    put("profiles/rules.conf", "use one\n");
    Await.until("the rule holds", () -> boots().contains("echo one"));
    put("profiles/rules.conf", "# better\nuse oen when known=no\nuse gpu when known=yes\n");
    Await.until("it is told", () -> !ruleProblems().isEmpty());
    assertEquals(1, ruleProblems().size(), "one of another language is there");
    String problem = ruleProblems().get(0).asText();
    assertTrue(
        problem.startsWith("profiles/rules.conf:2: use oen (expected: a profile there is, such as"),
        problem);
    assertTrue(problem.contains("one"), problem);
    assertTrue(boots().contains("echo one"), "what it said before stays in use");
    put("profiles/oen.ipxe", "#!ipxe\necho oen\n");
    Await.until("the profile came later", () -> boots().contains("echo oen"));
    assertTrue(ruleProblems().isEmpty());
  }

  @Test
  void atTheStartOnlyMachinesWhoseRuleNamesNoProfileWait() throws Exception {
    server.close();
    put("profiles/one.ipxe", "#!ipxe\necho one\n");
    put("profiles/rules.conf", "use gone when vendor=02:00:00\nuse one\n");
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    assertTrue(boots().contains("echo one"));
    assertEquals(503, api.get("/boot/02:00:00:00:00:01").status());
    assertEquals(1, ruleProblems().size());
  }
}
