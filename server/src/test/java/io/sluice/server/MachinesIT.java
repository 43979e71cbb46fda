package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines by the API, and what they then boot. */
@ExtendWith(NothingLeaks.class)
class MachinesIT {
  private static final String M = "/api/v1/machines/";
  private static final String BOOT = "/boot/52:54:00:00:00:01";
  private static final String NODE = "{\"macs\":[\"5254.0000.0001\"],\"tags\":[\"gpu\"]}";

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

  private void put(String name, String text) {
    server.write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private String boot() throws Exception {
    return api.get(BOOT).text();
  }

  @Test
  void aMachineIsMadeShownChangedAndForgotten() throws Exception {
    ApiClient.Answer made = api.send("PUT", M + "n1", NODE);
    assertEquals(201, made.status());
    assertEquals("/api/v1/machines/n1", made.header("Location"));
    assertEquals("52:54:00:00:00:01", made.json().at("/macs/0").asText());
    ApiClient.Answer shown = api.get(M + "525400000001");
    assertEquals("n1", shown.json().get("id").asText());
    assertEquals(made.header("ETag"), shown.header("ETag"));
    ApiClient.Answer changed =
        api.send("PATCH", M + "n1", "{\"tags\":null,\"vars\":{\"args\":\"quiet\"}}");
    assertFalse(changed.json().has("tags"));
    assertEquals("quiet", changed.json().at("/vars/args").asText());
    assertEquals(204, api.send("DELETE", M + "n1", "").status());
    assertEquals(404, api.get(M + "n1").status());
    assertEquals(404, api.send("DELETE", M + "n1", "").status());
  }

  @ParameterizedTest
  @CsvSource({"i386, x86_64", "amd64, x86_64", "x86_64, x86_64", "arm64, aarch64"})
  void anArchitectureIsTakenByEveryNameThatIsGoodInAUrl(String named, String arch)
      throws Exception {
    ApiClient.Answer made = api.send("PUT", M + "n1", "{\"arch\":\"" + named + "\"}");
    assertEquals(arch, made.json().get("arch").asText());
    assertEquals(1, api.get("/api/v1/machines?arch=" + named).json().get("machines").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"machines", "explain", "profiles/local/render"})
  void anUnknownArchitectureIsNamedWithWhatIsExpected(String resource) throws Exception {
    ApiClient.Answer answer = api.get("/api/v1/" + resource + "?arch=mips");
    assertEquals(422, answer.status(), answer.text());
    assertEquals("arch", answer.json().get("field").asText());
    assertEquals("arch: mips (expected: x86_64 or aarch64)", answer.json().get("detail").asText());
  }

  @Test
  void aChangeOfAnOldStateIs412() throws Exception {
    String first = api.send("PUT", M + "n1", NODE, "If-None-Match", "*").header("ETag");
    assertEquals(412, api.send("PUT", M + "n1", NODE, "If-None-Match", "*").status());
    ApiClient.Answer second =
        api.send("PATCH", M + "n1", "{\"hostname\":\"a\"}", "If-Match", first);
    assertEquals(200, second.status());
    assertNotEquals(first, second.header("ETag"));
    assertEquals(
        412, api.send("PATCH", M + "n1", "{\"hostname\":\"b\"}", "If-Match", first).status());
    assertEquals(412, api.send("DELETE", M + "n1", "", "If-Match", first).status());
    assertEquals("a", api.get(M + "n1").json().get("hostname").asText());
    assertEquals(412, api.send("PUT", M + "n2", "{}", "If-Match", "*").status());
  }

  @ParameterizedTest(name = "{0}: {1} {2}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{\"macs\":[\"5254\"]};          422; macs",
        "{\"macs\":\"525400000001\"};    422; macs",
        "{\"arch\":\"mips\"};            422; arch",
        "{\"colour\":\"red\"};           422; colour",
        "{\"vars\":{\"a b\":\"c\"}};     422; vars.a b",
        "{\"vars\":{\"a\":1}};           422; vars.a",
        "{\"hostname\":\"-\"};           422; hostname",
        "{\"uuid\":\"1\"};               422; uuid",
        "{\"id\":\"other\"};             422; id",
        "{\"profile\":\"a/b\"};          422; profile",
        "{\"image\":\"../x\"};           422; image",
        "{\"macs\":[\"525400000002\"]};  409; macs",
        "{;                              400; ``",
        "[];                             400; ``",
        "{\"arch\":\"\",\"arch\":\"\"};  400; ``",
      })
  void whatIsWrongIsNamed(String body, int status, String field) throws Exception {
    assertEquals(201, api.send("PUT", M + "n2", "{\"macs\":[\"525400000002\"]}").status());
    ApiClient.Answer answer = api.send("PUT", M + "n1", body);
    assertEquals(status, answer.status(), answer.text());
    assertEquals(field, answer.json().path("field").asText());
    assertEquals(404, api.get(M + "n1").status());
  }

  @Test
  void aProfileIsReadAgainWhenItChangesAndNamedWithItsLineWhenItIsWrong() throws Exception {
    put("profiles/gpu.ipxe", "#!ipxe\necho {{ hostname default \"nobody\" }} ${net0/ip}\n");
    put("profiles/rules.conf", "use gpu when tag=gpu\n");
    api.send("PUT", M + "n1", NODE);
    assertEquals("#!ipxe\necho nobody ${net0/ip}\n", boot());
    put("profiles/gpu.ipxe", "#!ipxe\n\n{{ hostnam }}\n");
    assertEquals("#!ipxe\necho nobody ${net0/ip}\n", boot(), "what it said before");
    JsonNode profiles = api.get("/api/v1/profiles").json();
    assertTrue(
        profiles.toString().contains("profiles/gpu.ipxe:3: hostnam (expected: a name"),
        profiles.toString());
    put("profiles/gpu.ipxe", "#!ipxe\necho mended\n");
    assertEquals("#!ipxe\necho mended\n", boot());
    Files.delete(root.resolve("profiles/rules.conf"));
    assertTrue(boot().contains("sanboot"));
    JsonNode explained = api.get("/api/v1/explain?mac=52-54-00-00-00-01").json();
    assertEquals("local", explained.get("profile").asText());
    assertEquals("n1", explained.get("machine").asText());
  }

  @Test
  void secretsAreForTheMachineAndForWhoMayChangeIt() throws Exception {
    put("profiles/s.ipxe", "#!ipxe\nset p {{ vars.password }}\n");
    api.send(
        "PUT",
        M + "n1",
        NODE.replace("}", ",\"profile\":\"s\",\"secrets\":{\"password\":\"x7\"}}"));
    assertEquals("#!ipxe\nset p x7\n", boot());
    assertEquals("x7", api.get(M + "n1").json().at("/secrets/password").asText());
    ApiClient page = new ApiClient(server.address(), "Origin", "http://evil.example");
    assertTrue(page.get(M + "n1").json().at("/secrets/password").isNull());
    assertEquals(
        "#!ipxe\nset p (secret)\n", page.get("/api/v1/profiles/s/render?machine=n1").text());
    assertEquals("#!ipxe\nset p x7\n", api.get("/api/v1/profiles/s/render?machine=n1").text());
    assertEquals(403, page.send("DELETE", M + "n1", "").status());
    assertEquals(403, page.get("/api/v1/machines?format=csv").status());
    assertFalse(page.get("/api/v1/machines").text().contains("x7"));
  }

  @Test
  void manyMachinesComeAndGoAsATable() throws Exception {
    String table =
        "id,macs,tags,vars.args\r\na,525400000001 525400000002,gpu rack:4,\"x, \"\"y\"\"\"\r\n"
            + "b,525400000003,,\r\n";
    ApiClient.Answer written =
        api.send("POST", "/api/v1/machines", table, "Content-Type", "text/csv");
    assertEquals(2, written.json().path("written").asInt(), written.text());
    String shown = api.get("/api/v1/machines?format=csv").text();
    assertTrue(
        shown.contains("a,52:54:00:00:00:01 52:54:00:00:00:02,,,,,gpu rack:4,,,,,\"x, \"\"y\"\"\""),
        shown);
    assertEquals(
        200, api.send("POST", "/api/v1/machines", shown, "Content-Type", "text/csv").status());
    JsonNode page = api.get("/api/v1/machines?limit=1").json();
    assertEquals("a", page.at("/machines/0/id").asText());
    assertEquals("a", page.get("next").asText());
    assertEquals(
        "b", api.get("/api/v1/machines?limit=1&after=a").json().at("/machines/0/id").asText());
    assertEquals(1, api.get("/api/v1/machines?tag=rack:4").json().get("machines").size());
    ApiClient.Answer bad =
        api.send("POST", "/api/v1/machines", "[{\"id\":\"c\"},{\"id\":\"d\",\"uuid\":\"x\"}]");
    assertEquals("machine 1: uuid", bad.json().path("field").asText(), bad.text());
    assertEquals(404, api.get(M + "c").status(), "all or none");
  }

  @Test
  void pxelinuxAndGrubGetTheirOwn() throws Exception {
    api.send("PUT", M + "n1", NODE);
    put("pxelinux.cfg/01-52-54-00-00-00-09", "stranger\n");
    String pxelinux = api.get("/boot/pxelinux.cfg/01-52-54-00-00-00-01").text();
    assertTrue(pxelinux.contains("LOCALBOOT"), pxelinux);
    assertEquals("stranger\n", api.get("/pxelinux.cfg/01-52-54-00-00-00-09").text());
    assertEquals(404, api.get("/pxelinux.cfg/01-52-54-00-00-00-08").status());
    String byCookie =
        api.get(
                "/pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d",
                "Cookie",
                "_Syslinux_ip=1; _Syslinux_BOOTIF=01-52-54-00-00-00-01")
            .text();
    assertEquals(pxelinux, byCookie);
    assertTrue(api.get("/boot/grub.cfg").text().contains("$net_default_mac"));
    assertTrue(api.get("/boot/grub.cfg/52:54:00:00:00:01").text().contains("chainloader"));
    String stranger = api.get("/boot/grub.cfg/52:54:00:00:00:77").text();
    assertTrue(stranger.contains("sluice machine put NAME --mac $net_default_mac"), stranger);
    assertTrue(stranger.contains("chainloader"), stranger);
  }

  @Test
  void withATokenOnlyItsHolderMayChangeSomething() throws Exception {
    server.close();
    Path file = Files.writeString(root.resolve("token"), "correct-horse-battery\n");
    server = RunningServer.start(root, Transport.best(), "api-token-file=" + file);
    ApiClient nobody = new ApiClient(server.address());
    ApiClient wrong = new ApiClient(server.address(), "Authorization", "Bearer wrong");
    ApiClient holder =
        new ApiClient(server.address(), "Authorization", "bearer correct-horse-battery");
    assertEquals(401, nobody.send("PUT", M + "n1", NODE).status());
    assertEquals(
        "bearer",
        nobody.send("PUT", M + "n1", NODE).header("WWW-Authenticate").toLowerCase(Locale.ROOT));
    assertEquals(401, wrong.send("PUT", M + "n1", NODE).status());
    assertEquals(201, holder.send("PUT", M + "n1", NODE).status());
    assertEquals(200, nobody.get(M + "n1").status());
  }
}
