package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a machine that says it is installed has proved, and what its history says of the way. */
@ExtendWith(NothingLeaks.class)
class ProofIT {
  private static final String M = "/api/v1/machines/n1";
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final int SIZE = 700_000;

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private byte[] image;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    image = server.write("images/big.raw", SIZE);
    // The digest of the image is known before anybody asks.
    server.write(
        "images/big.raw.sha256", (sha256(image) + "  big.raw\n").getBytes(StandardCharsets.UTF_8));
    server.write("boot/x86_64/vmlinuz", "kernel".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Begins an installation and gives back what follows the name of its variables in the script. */
  private String install(String terms) throws Exception {
    assertTrue(api.send("PUT", M, "{\"macs\":[\"525400000001\"]}").status() < 300);
    assertEquals(200, api.send("POST", M + "/install", terms).status());
    Await.until(
        "there is a script", () -> api.get("/boot/52:54:00:00:00:01").text().contains("kernel"));
    return api.get("/boot/52:54:00:00:00:01").text();
  }

  private String installBig(String more) throws Exception {
    return install("{\"image\":\"big.raw\"" + more + "}");
  }

  private static String url(String script, String name) {
    return script.replaceAll("(?s).*sluice." + name + "=http://[^/]*(\\S+).*", "$1");
  }

  private JsonNode installation() throws IOException {
    return api.get(M).json().get("installation");
  }

  private String state() throws IOException {
    return installation().get("state").asText();
  }

  private String detail() throws IOException {
    return installation().get("detail").asText();
  }

  private String history() throws IOException {
    return api.get(M + "/history").text();
  }

  @Test
  void aReportWithoutADeliveryIsReportedAndShownAsThat() throws Exception {
    String complete = url(installBig(""), "complete");
    ApiClient.Answer answer = api.get(complete);
    assertEquals(200, answer.status());
    assertEquals("reported", answer.json().get("state").asText());
    assertEquals("reported", state());
    assertTrue(detail().endsWith("but nothing of big.raw was delivered"), detail());
    assertTrue(api.get("/boot/52:54:00:00:00:01").text().contains("sanboot"), "boots its disk");
    assertTrue(api.get("/api/v1/machines?state=reported").text().contains("\"n1\""));
    assertTrue(history().contains("\"reported\""), history());
    assertEquals(200, api.get(complete).status(), "said again");
    assertEquals(409, api.get(complete.replace("complete", "fail")).status());
    assertEquals("reported", state());
    assertEquals(200, api.send("POST", M + "/complete", "").status(), "an operator knows better");
    assertEquals("done", state());
  }

  @Test
  void halfADeliveryIsReportedWithHowMuchItWas() throws Exception {
    String script = installBig("");
    assertEquals(206, api.get(url(script, "image"), "Range", "bytes=0-349999").status());
    assertEquals("reported", api.get(url(script, "complete")).json().get("state").asText());
    assertTrue(detail().contains("350000 of 700000 bytes of big.raw"), detail());
  }

  @Test
  void everyByteAndAReportAreDoneHoweverSoonItFollows() throws Exception {
    String script = installBig("");
    assertEquals(200, api.get(url(script, "image")).status());
    assertEquals("done", api.get(url(script, "complete")).json().get("state").asText());
    assertTrue(history().contains("big.raw delivered, 700000 bytes"), history());
  }

  @Test
  void aSmallImageThatIsSentFromMemoryIsADeliveryToo() throws Exception {
    server.write("images/tiny.raw", 100);
    String script = install("{\"image\":\"tiny.raw\"}");
    assertEquals(200, api.get(url(script, "image")).status());
    assertEquals("done", api.get(url(script, "complete")).json().get("state").asText());
  }

  @Test
  void whereBytesAreWantedAReportOfHalfHasFailedAndSaysSoToTheMachine() throws Exception {
    String script = installBig(",\"proof\":\"bytes\"");
    assertEquals(206, api.get(url(script, "image"), "Range", "bytes=-350000").status());
    ApiClient.Answer answer = api.get(url(script, "complete"));
    assertEquals(409, answer.status());
    assertTrue(answer.text().contains("350000 of 700000 bytes"), answer.text());
    assertEquals("failed", state());
    assertEquals(409, api.get(url(script, "complete")).status(), "said again");
    assertEquals(200, api.get(url(script, "fail")).status(), "that is so");
  }

  @Test
  void whatWasReadBackFromTheDiskIsTheStrongestProof() throws Exception {
    String complete = url(installBig(",\"proof\":\"bytes\""), "complete");
    String read = "sha256=" + sha256(image).toUpperCase(Locale.ROOT) + "&bytes=" + SIZE;
    ApiClient.Answer answer = api.get(complete + "?" + read);
    assertEquals("verified", answer.json().get("state").asText());
    assertEquals("verified", state());
    assertEquals(200, api.send("POST", complete, read, "Content-Type", FORM).status(), "again");
    assertEquals(200, api.get(complete).status(), "nothing else");
    assertEquals("verified", state());
    String other = "sha256=" + "0".repeat(64);
    assertEquals(409, api.send("POST", complete, other, "Content-Type", FORM).status());
    assertEquals("verified", state());
    assertTrue(api.get("/api/v1/machines?state=verified").text().contains("\"n1\""));
  }

  @Test
  void aStrongerProofMayFollowAndNothingElse() throws Exception {
    String script = installBig("");
    String complete = url(script, "complete");
    assertEquals("reported", api.get(complete).json().get("state").asText());
    String body = "{\"sha256\":\"" + sha256(image) + "\",\"bytes\":" + SIZE + "}";
    ApiClient.Answer answer = api.send("POST", complete, body, "Content-Type", "application/json");
    assertEquals("verified", answer.json().get("state").asText());
    assertEquals(409, api.get(url(script, "fail")).status());
    assertTrue(history().contains("\"verified\""), history());
  }

  @Test
  void otherBytesOnTheDiskAreAFailureThatNamesBoth() throws Exception {
    String script = installBig("");
    assertEquals(200, api.get(url(script, "image")).status());
    String wrong = "12".repeat(32);
    ApiClient.Answer answer =
        api.get(url(script, "complete") + "?sha256=" + wrong + "&bytes=" + SIZE);
    assertEquals(409, answer.status());
    assertEquals("failed", state());
    assertTrue(detail().contains(wrong), detail());
    assertTrue(detail().contains(sha256(image)), detail());
    assertTrue(api.get("/boot/52:54:00:00:00:01").text().contains("sanboot"));
  }

  @Test
  void theRightDigestOfTheWrongNumberOfBytesIsAFailure() throws Exception {
    String complete = url(installBig(""), "complete");
    assertEquals(409, api.get(complete + "?sha256=" + sha256(image) + "&bytes=1").status());
    assertEquals("failed", state());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sha256=", "sha256=12", "sha256=xyz&bytes=5", "bytes=700000", "bytes=", "other=1"})
  void whatIsMalformedChangesNothing(String query) throws Exception {
    String complete = url(installBig(""), "complete");
    assertEquals(422, api.get(complete + "?" + query).status());
    assertEquals(422, api.send("POST", complete, query, "Content-Type", FORM).status());
    String digest = "sha256=" + sha256(image) + "&bytes=";
    for (String bytes : new String[] {"", "-1", "7e5", "700000000000000000000"}) {
      assertEquals(422, api.get(complete + "?" + digest + bytes).status(), bytes);
    }
    assertEquals(
        422,
        api.send("POST", complete, "{\"sha256\":5}", "Content-Type", "application/json").status());
    assertTrue(installation().get("ended") == null, "it is open");
  }

  @Test
  void aProfileThatNamesNoImageIsDoneWhenItSaysSo() throws Exception {
    String complete = url(install("{}"), "complete");
    assertEquals("done", api.get(complete).json().get("state").asText());
  }

  @Test
  void severalRangesInOneAnswerCountWhatHasLeft() throws Exception {
    String script = installBig(",\"proof\":\"bytes\"");
    String url = url(script, "image");
    assertEquals(206, api.get(url, "Range", "bytes=0-99999,300000-699998").status());
    assertEquals(206, api.get(url, "Range", "bytes=100000-199999,200000-299999").status());
    Await.until("all but one", () -> history().contains("699999 of 700000 bytes delivered"));
    assertTrue(installation().get("ended") == null, "one byte is missing");
    assertEquals(206, api.get(url, "Range", "bytes=-1,5-6").status());
    Await.until("it is proved", () -> state().equals("done"));
  }

  @Test
  void aWholeCopyOfTheDiskIsADelivery() throws Exception {
    server.write("images/small.qcow2", new Qcow2Writer(3, 16, 1 << 20).image());
    String script = install("{\"image\":\"small.qcow2\"}");
    String copy = url(script, "image").replace("small.raw?", "small.raw.zst?");
    assertTrue(copy.contains(".zst?install="), script);
    assertEquals(200, api.get(copy).status());
    assertEquals("done", api.get(url(script, "complete")).json().get("state").asText());
    byte[] disk = new byte[1 << 20];
    String read = "?sha256=" + sha256(disk) + "&bytes=" + disk.length;
    Await.until(
        "the digest of the disk is known",
        () -> api.get(url(script, "complete") + read).status() == 200);
    assertEquals("verified", state());
  }

  @Test
  void anotherImageIsNoDelivery() throws Exception {
    server.write("images/other.raw", SIZE);
    String script = installBig("");
    assertEquals(200, api.get(url(script, "image").replace("big.raw", "other.raw")).status());
    assertEquals("reported", api.get(url(script, "complete")).json().get("state").asText());
  }

  @Test
  void whatWasDeliveredBeforeARestartCounts() throws Exception {
    String script = installBig("");
    assertEquals(206, api.get(url(script, "image"), "Range", "bytes=0-399999").status());
    server.close();
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    assertEquals(206, api.get(url(script, "image"), "Range", "bytes=400000-").status());
    assertEquals("done", api.get(url(script, "complete")).json().get("state").asText());
  }

  @Test
  void historySaysWhatHappenedAndNotWhatWasBegun() throws Exception {
    String script = installBig("");
    String token = url(script, "image").replaceAll(".*install=", "");
    assertEquals(404, api.get("/boot/x86_64/nosuch?install=" + token).status());
    assertEquals(200, api.get("/boot/x86_64/vmlinuz?install=" + token).status());
    assertEquals(404, api.get("/images/nosuch.raw?install=" + token).status());
    Await.until("it is noted", () -> history().contains("nosuch.raw: 404"));
    String history = history();
    assertTrue(history.contains("/boot/x86_64/nosuch: 404"), history);
    assertTrue(history.contains("/boot/x86_64/vmlinuz delivered, 6 bytes"), history);
    assertFalse(history.contains("begun"), history);
  }

  @Test
  void aTransferThatIsCutOffSaysAfterHowMuch() throws Exception {
    server.write("images/huge.raw", 64 * 1024 * 1024);
    String script = install("{\"image\":\"huge.raw\"}");
    try (RawClient client = server.client()) {
      client.send(RawClient.request("GET", url(script, "image"))).readHead();
    }
    Await.until(
        "it is noted",
        () ->
            history()
                .matches("(?s).*huge.raw cut off after \\d+ of 67108864 bytes .client gone.*"));
    assertEquals("reported", api.get(url(script, "complete")).json().get("state").asText());
  }

  @Test
  void aMachineThatWaitsHasAReasonInItsHistory() throws Exception {
    String machine = "{\"macs\":[\"525400000001\"],\"profile\":\"later\"}";
    assertEquals(201, api.send("PUT", M + "?force=true", machine).status());
    assertEquals(503, api.get("/boot/52:54:00:00:00:01").status());
    assertTrue(history().contains("\"wait\""), history());
    assertTrue(history().contains("503, profiles/later.ipxe: missing"), history());
  }
}
