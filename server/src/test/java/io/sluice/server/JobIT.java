package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.digest.Sha256;
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

/** What an installer is told, and what it says while it works. */
@ExtendWith(NothingLeaks.class)
class JobIT {
  private static final String M = "/api/v1/machines/n1";
  private static final String I = "/api/v1/installations/";
  private static final String BY_ADDRESS = I + "job?mac=52:54:00:00:00:01";
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final int SIZE = 1_500_160;

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private byte[] image;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    image = server.write("images/disk.raw", SIZE);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** Sets the machine to be installed; gives its token. */
  private String install(String machine, String terms) throws Exception {
    ApiClient.Answer put = api.send("PUT", M, "{\"macs\":[\"52:54:00:00:00:01\"]" + machine + "}");
    assertTrue(put.status() == 200 || put.status() == 201, put.text());
    ApiClient.Answer answer =
        api.send(
            "POST",
            M + "/install",
            "{"
                + (terms.contains("image") ? terms.substring(1) : "\"image\":\"disk.raw\"" + terms)
                + "}");
    assertEquals(200, answer.status(), answer.text());
    return api.get(M).json().at("/installation/token").asText();
  }

  private JsonNode job(String path) throws Exception {
    Await.until("there is a job", () -> api.get(path).status() == 200);
    return api.get(path).json();
  }

  private ApiClient.Answer progress(String token, String fields) throws IOException {
    return api.send("POST", I + token + "/progress", fields, "Content-Type", FORM);
  }

  @Test
  void aTokenGetsTheWholeJob() throws Exception {
    String token = install(",\"hostname\":\"node1\",\"disk\":\"smallest size>=1M\"", "");
    JsonNode job = job(I + token + "/job");
    assertEquals("n1", job.get("machine").asText());
    assertEquals("node1", job.get("hostname").asText());
    assertEquals("smallest size>=1M", job.get("disk").asText());
    assertEquals(SIZE, job.at("/image/size").asLong());
    assertEquals(Sha256.hexOf(image), job.at("/image/sha256").asText());
    assertEquals("reboot", job.get("afterwards").asText());
    assertEquals("nocloud", job.at("/seed/to").asText());
    assertEquals("no", job.at("/seed/required").asText());
    String base = "http://localhost:" + server.address().getPort();
    assertEquals(base + I + token, job.get("url").asText());
    String url = job.at("/image/url").asText().substring(base.length());
    assertEquals(200, api.get(url).status());
    for (String form : new String[] {"zst", "bmap"}) {
      assertTrue(job.at("/image/" + form).asText().endsWith("?install=" + token), job.toString());
    }
    assertEquals(token, api.get(M).json().at("/installation/token").asText());
    assertEquals(0, api.get(M).json().at("/installation/scripts").asInt(), "no script went out");
  }

  @Test
  void theJobIsOfTheDiskWhateverFormItsImageHas() throws Exception {
    byte[] disk = new byte[1 << 20];
    server.write("images/packed.qcow2", new Qcow2Writer(3, 16, disk.length).image());
    for (String name : new String[] {"packed.qcow2", "disk.raw.zst"}) {
      String token = install("", ",\"image\":\"" + name + "\"");
      JsonNode job = job(I + token + "/job");
      boolean qcow2 = name.startsWith("packed");
      assertEquals(qcow2 ? disk.length : SIZE, job.at("/image/size").asLong(), name);
      assertEquals(Sha256.hexOf(qcow2 ? disk : image), job.at("/image/sha256").asText(), name);
      assertTrue(job.at("/image/url").asText().contains(qcow2 ? "/packed.raw?" : "/disk.raw?"));
      assertEquals(200, api.send("POST", M + "/cancel", "").status());
    }
  }

  @Test
  void addressesGetAJobByTheRulesOfScripts() throws Exception {
    assertEquals(404, api.get(BY_ADDRESS).status());
    String token = install(",\"uuid\":\"4c4c4544-0044-4210-8031-b4c04f4b4e32\"", "");
    assertEquals(token, job(BY_ADDRESS).get("token").asText());
    assertEquals(
        token,
        job(I + "job?mac=52:54:00:aa:aa:aa&mac=52:54:00:00:00:01").get("token").asText(),
        "any of its cards");
    assertEquals(
        404,
        api.get(I + "job?uuid=4c4c4544-0044-4210-8031-b4c04f4b4e32").status(),
        "a UUID alone installs no machine that has addresses");
    assertEquals(422, api.get(BY_ADDRESS + "&colour=red").status());
    assertTrue(api.get(M).json().at("/installation/scripts").asInt() >= 1, "each counts");
    server.write(
        "profiles/rules.conf",
        "refuse install when platform=efi\n".getBytes(StandardCharsets.UTF_8));
    Await.until("the rule holds", () -> api.get(BY_ADDRESS + "&platform=efi").status() == 403);
    assertEquals(200, api.get(BY_ADDRESS + "&platform=pcbios").status());
  }

  @Test
  void theShippedScriptsOfAllLoadersSayWhereTheJobIs() throws Exception {
    for (String form : new String[] {"ipxe", "grub", "pxelinux"}) {
      Files.delete(root.resolve("profiles/install." + form));
    }
    Await.until(
        "the shipped profile is there",
        () -> api.get("/api/v1/profiles").text().contains("\"shipped\":true,\"installs\":true"));
    String token = install("", "");
    job(I + token + "/job");
    String where =
        " boot=sluice sluice.server=http://localhost:"
            + server.address().getPort()
            + " sluice.token="
            + token
            + " console=tty0 console=ttyS0,115200";
    for (String path :
        new String[] {
          "/boot/52:54:00:00:00:01",
          "/boot/grub.cfg/52:54:00:00:00:01",
          "/pxelinux.cfg/01-52-54-00-00-00-01"
        }) {
      String script = api.get(path).text();
      String line = script.lines().filter(each -> each.contains(where)).findFirst().orElse("");
      assertFalse(line.isEmpty(), path + ": " + script);
      assertTrue(script.contains("/vmlinuz?install=" + token), script);
      assertTrue(script.contains("/initramfs?install=" + token), script);
    }
    assertEquals(200, api.send("PATCH", M, "{\"vars\":{\"args\":\"quiet nomodeset\"}}").status());
    String own = api.get("/boot/52:54:00:00:00:01").text();
    assertTrue(own.contains(token + " quiet nomodeset ||"), own);
    assertFalse(own.contains("ttyS0"), "the operator's words take the place of the consoles");
  }

  @Test
  void noMoreJobsGoOutByAddressThanScriptsMay() throws Exception {
    install("", ",\"attempts\":1");
    job(BY_ADDRESS);
    Await.until("the second fails it", () -> api.get(BY_ADDRESS).status() == 404);
    assertEquals("failed", api.get(M).json().at("/installation/state").asText());
  }

  @Test
  void whatIsOverOrLockedHasNoJob() throws Exception {
    assertEquals(404, api.get(I + "0123456789abcdef0123456789abcdef/job").status());
    String token = install("", "");
    job(I + token + "/job");
    assertEquals(200, api.send("POST", M + "/lock", "{}").status());
    assertEquals(409, api.get(I + token + "/job").status());
    assertEquals(200, api.send("POST", M + "/unlock", "").status());
    assertEquals(200, api.get(I + token + "/job").status());
    assertEquals(200, api.send("POST", M + "/cancel", "").status());
    assertEquals(409, api.get(I + token + "/job").status());
    assertEquals(404, progress(token, "stage=write").status());
  }

  @Test
  void aReplacedImageHasNoJob() throws Exception {
    String token = install("", "");
    job(I + token + "/job");
    server.write("images/disk.raw", SIZE + 512);
    Await.until("it is seen", () -> api.get(I + token + "/job").status() == 503);
  }

  @Test
  void progressIsShownAndItsStagesAreInTheHistory() throws Exception {
    String token = install("", "");
    ApiClient.Answer first = progress(token, "stage=disk");
    assertEquals(1, first.json().get("next").asInt(), first.text());
    assertEquals(200, progress(token, "stage=write&bytes=10&total=100&rate=5&disk=sda").status());
    assertEquals(200, progress(token, "stage=write&bytes=20&total=100&rate=5").status());
    JsonNode shown = api.get(M).json().at("/installation/progress");
    assertEquals("write", shown.get("stage").asText());
    assertEquals(20, shown.get("bytes").asLong());
    assertEquals("sda", shown.get("disk").asText());
    String history = api.get(M + "/history").text();
    assertTrue(history.contains("\"write, disk sda\""), history);
    assertEquals(1, server.scrape().sum("sluice_installing", "stage", "write"));
    assertEquals(1, server.scrape().sum("sluice_install_stage_seconds_count", "stage", "disk"));
    for (String wrong :
        new String[] {
          "", "stage=lunch", "stage=write&bytes=-1", "stage=write&bytes=x", "stage=write&a=b"
        }) {
      assertEquals(422, progress(token, wrong).status(), wrong);
    }
    assertEquals(200, api.get(I + token + "/fail?reason=over").status());
    assertTrue(api.get(M).json().at("/installation/progress").isMissingNode(), "it is over");
    assertEquals(0, server.scrape().sum("sluice_installing"));
  }

  @Test
  void aLogIsKeptBeyondTheEndAndARestart() throws Exception {
    String token = install("", "");
    assertEquals(404, api.get(M + "/log").status());
    assertEquals(200, api.get(I + token + "/fail?reason=broken").status());
    String text = "first line\n" + "x".repeat(70_000) + "\nlast line";
    ApiClient.Answer kept =
        api.send("POST", I + token + "/log", text, "Content-Type", "text/plain");
    assertEquals(65_536, kept.json().get("kept").asInt(), kept.text());
    server.close();
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    String log = api.get(M + "/log").text();
    assertTrue(log.endsWith("last line\n"), "its end");
    assertFalse(log.contains("first line"));
    assertTrue(api.get(M + "/history").text().contains("lines of the installer"));
    assertEquals(
        413,
        api.send("POST", I + token + "/log", "y".repeat(300_000), "Content-Type", "text/plain")
            .status());
    int status = 0;
    for (int i = 0; i < 8; i++) {
      status = api.send("POST", I + token + "/log", "z", "Content-Type", "text/plain").status();
    }
    assertEquals(429, status, "a few for each installation");
    String open = install("", "");
    assertEquals(
        200, api.send("POST", I + open + "/log", "z", "Content-Type", "text/plain").status());
    assertTrue(api.get(M).json().at("/installation/progress").isMissingNode(), "a log is no stage");
    assertEquals(404, api.send("POST", I + "none/log", "z", "Content-Type", "text/plain").status());
  }

  @Test
  void documentsAreForTheTokenAndForAsLongAsTheyAreNeeded() throws Exception {
    server.write(
        "profiles/own.ipxe",
        "#!ipxe\n{{ option afterwards \"kexec\" }}\n{{ include \"install\" }}\n"
            .getBytes(StandardCharsets.UTF_8));
    server.write(
        "profiles/own.seed/config.ign",
        "{\"name\": {{ hostname | json }}, \"word\": {{ vars.word | json }}}"
            .getBytes(StandardCharsets.UTF_8));
    server.write(
        "profiles/own.seed/user-data",
        "#cloud-config\nword: {{ vars.word }}\n".getBytes(StandardCharsets.UTF_8));
    Await.until("it is there", () -> api.get("/api/v1/profiles").text().contains("\"own\""));
    String token =
        install(
            ",\"hostname\":\"n1\",\"secrets\":{\"word\":\"a\\\"b: [c\"}", ",\"profile\":\"own\"");
    JsonNode job = job(I + token + "/job");
    assertEquals("kexec", job.get("afterwards").asText(), "what it includes is the rest");
    assertEquals("yes", job.at("/seed/required").asText());
    assertEquals(2, job.at("/seed/files").size());
    String seed = "/seed/" + token + "/";
    assertEquals(
        "{\"name\": \"n1\", \"word\": \"a\\\"b: [c\"}", api.get(seed + "config.ign").text());
    ApiClient.Answer broken = api.get(seed + "user-data");
    assertEquals(503, broken.status(), "it is no YAML with that word");
    assertTrue(broken.text().contains("own.seed/user-data: line 2"), broken.text());
    assertFalse(broken.text().contains("[c"), "which it does not say");
    assertEquals(404, api.get(seed + "vendor-data").status());
    assertEquals(404, api.get("/seed/" + token.replace('a', 'b') + "0/config.ign").status());
    assertEquals(200, api.get(I + token + "/complete").status());
    assertEquals(200, api.get(seed + "config.ign").status(), "it starts for the first time");
    assertTrue(server.scrape().sum("http_requests_total", "endpoint", "seed") >= 4);
    String next = install("", "");
    assertEquals(404, api.get(seed + "config.ign").status(), "another installation");
    assertEquals(200, api.get(I + next + "/fail").status());
    assertEquals(404, api.get("/seed/" + next + "/user-data").status(), "it failed");
  }

  @Test
  void theShippedDocumentsHaveTheRecordOfTheMachine() throws Exception {
    String key =
        "ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5AAAAIL8oC3RIR87VPauR75/5gkcjioeO27ytiN5FzAU5";
    String token =
        install(
            ",\"hostname\":\"n1.example\",\"ssh_keys\":[\""
                + key
                + " a: b\"],\"vars\":{\"user\":\"ops\",\"address\":\"10.1.0.17/16\","
                + "\"gateway\":\"10.1.0.1\",\"dns\":\"10.1.0.2,10.1.0.3\"}",
            "");
    job(I + token + "/job");
    String userData = api.get("/seed/" + token + "/user-data").text();
    assertTrue(userData.contains("fqdn: \"n1.example\""), userData);
    assertTrue(userData.contains("[\"" + key + " a: b\", ]"), userData);
    assertTrue(userData.contains("name: \"ops\""), userData);
    String network = api.get("/seed/" + token + "/network-config").text();
    assertTrue(network.contains("macaddress: \"52:54:00:00:00:01\""), network);
    assertTrue(network.contains("addresses: [\"10.1.0.17/16\"]"), network);
    assertTrue(network.contains("addresses: [10.1.0.2,10.1.0.3]"), network);
    assertTrue(api.get("/seed/" + token + "/meta-data").text().contains("instance-id: \"n1-"));
  }

  @Test
  void aRuleOrAKeyThatIsNoneIsRefused() throws Exception {
    for (String wrong :
        new String[] {
          "\"disk\":\"biggest\"",
          "\"disk\":\"smallest largest\"",
          "\"disk\":\"model=$(reboot)\"",
          "\"ssh_keys\":[\"hello\"]",
          "\"ssh_keys\":[\"ssh-rsa AAAA\"]"
        }) {
      ApiClient.Answer answer =
          api.send("PUT", M, "{\"macs\":[\"52:54:00:00:00:01\"]," + wrong + "}");
      assertEquals(422, answer.status(), wrong);
    }
  }
}
