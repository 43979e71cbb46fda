package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.digest.Sha256;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Machines that are installed once, with proof. */
@ExtendWith(NothingLeaks.class)
class InstallIT {
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

  private void restart() throws Exception {
    server.close();
    start();
  }

  private void put(String name, String text) {
    server.write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** What the machine gets, once the digest of its image is known. */
  private String boot() throws Exception {
    return api.eventually(BOOT).text();
  }

  @Test
  void aMachineIsInstalledOnceAndThenBootsItsDisk() throws Exception {
    put("images/debian.raw", "not really");
    api.send("PUT", M + "n1", NODE);
    assertTrue(boot().contains("sanboot"), "boots its disk");
    assertEquals(200, api.send("POST", M + "n1/install", "{\"image\":\"debian.raw\"}").status());
    String script = boot();
    String sha256 = Sha256.hexOf("not really".getBytes(StandardCharsets.UTF_8));
    assertTrue(script.contains("sluice.sha256=" + sha256), script);
    assertTrue(script.contains("/images/debian.raw?install="), script);
    assertEquals(script, boot(), "the same for every retry");
    restart();
    assertEquals(
        script.replaceAll(":\\d{2,5}/", "/"), boot().replaceAll(":\\d{2,5}/", "/"), "a restart");
    String done = script.replaceAll("(?s).*sluice.complete=http://[^/]*(\\S+).*", "$1");
    Await.until(
        "the scripts are counted",
        () -> api.get(M + "n1").json().at("/installation/scripts").asInt() == 3);
    assertEquals("running", api.get(M + "n1").json().at("/installation/state").asText());
    assertEquals(404, api.get("/api/v1/installations/none/complete").status());
    assertEquals(
        200, api.get(script.replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1")).status());
    assertEquals(200, api.get(done).status());
    assertTrue(boot().contains("sanboot"), "proved");
    assertEquals(200, api.send("POST", done, "").status(), "said again");
    assertEquals(409, api.get(done.replace("complete", "fail")).status());
    restart();
    assertTrue(boot().contains("sanboot"), "still proved");
    assertEquals("done", api.get(M + "n1").json().at("/installation/state").asText());
    JsonNode history = api.get(M + "n1/history").json().get("history");
    assertEquals("wanted", history.get(history.size() - 3).get("event").asText());
    assertTrue(history.toString().contains("\"done\""), history.toString());
  }

  @Test
  void anInstallationCanBeTakenBackAndHasToBeBeforeAnother() throws Exception {
    api.send("PUT", M + "n1", NODE);
    assertEquals(200, api.send("POST", M + "n1/install", "{}").status());
    assertEquals(200, api.send("POST", M + "n1/install", "{}").status());
    assertEquals(409, api.send("POST", M + "n1/install", "{\"attempts\":3}").status());
    assertEquals(422, api.send("POST", M + "n1/install", "{\"profile\":\"local\"}").status());
    assertEquals(200, api.send("POST", M + "n1/cancel", "").status());
    assertTrue(boot().contains("sanboot"));
    assertEquals(409, api.send("POST", M + "n1/complete", "").status());
    assertEquals(200, api.send("POST", M + "n1/install", "{\"attempts\":1}").status());
    assertTrue(boot().contains("kernel"));
    assertEquals("running", api.get(M + "n1").json().at("/installation/state").asText());
    assertTrue(boot().contains("sanboot"), "one attempt only");
    Await.until(
        "it has failed",
        () -> api.get(M + "n1").json().at("/installation/state").asText().equals("failed"));
  }

  @Test
  void sixteenWhoAskAtOnceGetNoMoreScriptsThanAreAllowed() throws Exception {
    api.send("PUT", M + "n1", NODE);
    assertEquals(200, api.send("POST", M + "n1/install", "{\"attempts\":1}").status());
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        clients.add(server.client());
      }
      for (RawClient client : clients) {
        client.send(RawClient.request("GET", BOOT));
      }
      int scripts = 0;
      for (RawClient client : clients) {
        scripts += client.read().text().contains("sluice.complete=") ? 1 : 0;
      }
      assertEquals(1, scripts);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void theSameAddressIsAskedForWhereTheTermsSaySo() throws Exception {
    put("profiles/rules.conf", "refuse install when network=127.0.0.0/8\n");
    api.send("PUT", M + "n1", NODE);
    api.send("POST", M + "n1/install", "{\"same_address\":true}");
    assertEquals(403, api.get(BOOT).status());
    Files.delete(root.resolve("profiles/rules.conf"));
    assertEquals(200, api.get(BOOT).status());
    assertEquals("127.0.0.1", api.get(M + "n1").json().at("/installation/address").asText());
    assertEquals(
        "install", api.get("/api/v1/explain?mac=525400000001").json().get("decision").asText());
    assertEquals(
        "refuse",
        api.get("/api/v1/explain?mac=525400000001&address=10.0.0.1")
            .json()
            .get("decision")
            .asText());
  }

  @Test
  void whereBytesAreTheProofEveryByteHasToBeDelivered() throws Exception {
    byte[] image = server.write("images/big.raw", 700_000);
    put("boot/x86_64/vmlinuz", "kernel");
    api.send("PUT", M + "n1", NODE);
    String terms = "{\"image\":\"big.raw\",\"proof\":\"bytes\"}";
    assertEquals(200, api.send("POST", M + "n1/install", terms).status());
    String script = boot();
    String url = script.replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1");
    assertTrue(url.startsWith("/images/big.raw?install="), url);
    assertEquals(200, api.get("/boot/amd64/vmlinuz" + url.substring(15)).status());
    assertEquals(image.length, api.get("/images/big.raw").response().body().length);
    assertEquals(206, api.get(url, "Range", "bytes=-350000").status());
    assertEquals(206, api.get(url, "Range", "bytes=0-349998").status());
    assertEquals(206, api.get(url, "Range", "bytes=0-1,5-6").status());
    assertTrue(boot().contains("kernel"), "one byte is missing");
    assertEquals(206, api.get(url, "Range", "bytes=349000-350000").status());
    Await.until("it is proved", () -> boot().contains("sanboot"));
    String history = api.get(M + "n1/history").text();
    for (String event : new String[] {"asset", "image", "done"}) {
      assertTrue(history.contains("\"" + event + "\""), history);
    }
  }

  @Test
  void bytesThatWereDeliveredBeforeARestartCount() throws Exception {
    byte[] image = server.write("images/big.raw", 700_000);
    put("boot/x86_64/vmlinuz", "kernel");
    api.send("PUT", M + "n1", NODE);
    String terms = "{\"image\":\"big.raw\",\"proof\":\"bytes\"}";
    assertEquals(200, api.send("POST", M + "n1/install", terms).status());
    String url = boot().replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1");
    assertEquals(206, api.get(url, "Range", "bytes=0-399999").status());
    restart();
    assertTrue(boot().contains("kernel"), "half of it is missing");
    assertEquals(
        image.length - 400_000, api.get(url, "Range", "bytes=400000-").response().body().length);
    Await.until("it is proved", () -> boot().contains("sanboot"));
  }
}
