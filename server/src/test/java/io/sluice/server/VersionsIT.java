package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.digest.Sha256;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An installation is of one version of an image, whose digest is known before the first script. */
@ExtendWith(NothingLeaks.class)
class VersionsIT {
  private static final String M = "/api/v1/machines/";
  private static final String BOOT = "/boot/52:54:00:00:00:01";
  private static final int SIZE = 1_500_000;

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

  private static byte[] noise(int seed) {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A file that was built long ago is renamed over an image, as rsync -t and cp -p do. */
  private void replace(String name, byte[] bytes) throws IOException {
    Path next = Files.write(root.resolve("images/.next"), bytes);
    Files.setLastModifiedTime(next, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    Files.move(next, root.resolve("images/" + name), StandardCopyOption.REPLACE_EXISTING);
  }

  private void install(String terms) throws IOException {
    assertEquals(201, api.send("PUT", M + "n1", "{\"macs\":[\"5254.0000.0001\"]}").status());
    ApiClient.Answer answer = api.send("POST", M + "n1/install", terms);
    assertEquals(200, answer.status(), answer.text());
  }

  private String script() throws Exception {
    Await.until("there is a script", () -> api.get(BOOT).status() == 200);
    return api.get(BOOT).text();
  }

  private static String url(String script) {
    return script.replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1");
  }

  private String history() throws IOException {
    return api.get(M + "n1/history").text();
  }

  @Test
  void noScriptGoesOutBeforeTheDigestIsKnown() throws Exception {
    server.write("images/small.raw", 70_000);
    try (RandomAccessFile huge =
        new RandomAccessFile(root.resolve("images/huge.raw").toFile(), "rw")) {
      huge.setLength(1L << 41);
    }
    assertEquals(206, api.get("/images/huge.raw", "Range", "bytes=0-9").status());
    install("{\"image\":\"huge.raw\"}");
    ApiClient.Answer wait = api.get(BOOT);
    assertEquals(503, wait.status(), wait.text());
    assertTrue(Integer.parseInt(wait.header("Retry-After")) >= 1, wait.header("Retry-After"));
    assertTrue(wait.text().contains("huge.raw: its SHA-256 is being computed"), wait.text());
    try (RawClient client = server.client()) {
      assertEquals(503, client.head(BOOT).status(), "a HEAD is told the same");
    }
    assertTrue(history().contains("its SHA-256 is being computed"), history());
    JsonNode explained = api.get("/api/v1/explain?mac=525400000001").json();
    assertEquals("wait", explained.get("decision").asText(), explained.toString());
    assertFalse(api.get(M + "n1").json().at("/installation").has("digest"));
    api.send("PUT", M + "n2", "{\"macs\":[\"5254.0000.0002\"]}");
    api.send("POST", M + "n2/install", "{\"image\":\"small.raw\"}");
    Await.until(
        "a small image is not held up",
        () -> api.get("/boot/525400000002").text().contains("sluice.sha256="));
    assertEquals(200, api.send("POST", M + "n1/cancel", "").status());
    Files.delete(root.resolve("images/huge.raw"));
  }

  @Test
  void whatCannotBeInstalledIsNotHandedOutAndTheMachineIsToldWhy() throws Exception {
    byte[] image = server.write("images/disk.raw", SIZE);
    install("{\"image\":\"disk.raw\"}");
    Path away = Files.move(root.resolve("images/disk.raw"), root.resolve("images/.away"));
    ApiClient.Answer missing = api.get(BOOT);
    assertEquals(503, missing.status());
    assertTrue(missing.text().contains("disk.raw: no such image"), missing.text());
    assertTrue(!missing.header("Retry-After").isEmpty());
    assertTrue(history().contains("disk.raw: no such image"), history());
    String explained = api.get("/api/v1/explain?mac=525400000001").text();
    assertTrue(explained.contains("no such image"), explained);
    Files.move(away, root.resolve("images/disk.raw"));
    assertTrue(script().contains("sluice.sha256=" + Sha256.hexOf(image)));
  }

  @Test
  void whatIsSaidBesideAnImageIsComparedAndNeverTaken() throws Exception {
    byte[] image = server.write("images/disk.raw", SIZE);
    String is = Sha256.hexOf(image);
    String says = "ab".repeat(32);
    put("images/disk.raw.sha256", says + "  other.raw\n");
    install("{\"image\":\"disk.raw\"}");
    assertTrue(script().contains("sluice.sha256=" + is), "a line that names another file");
    assertEquals(is, api.get("/api/v1/images/disk.raw").json().get("sha256").asText());
    put("images/disk.raw.sha256", says + " *./disk.raw\n");
    ApiClient.Answer refused = api.get(BOOT);
    assertEquals(503, refused.status(), refused.text());
    assertTrue(refused.text().contains("disk.raw.sha256 says " + says), refused.text());
    JsonNode shown = api.get("/api/v1/images/disk.raw").json();
    assertEquals(is, shown.get("sha256").asText());
    assertTrue(shown.get("problem").asText().contains("disk.raw.sha256 says"), shown.toString());
    assertEquals(
        says + " *./disk.raw\n", api.get("/images/disk.raw.sha256").text(), "a real file wins");
    Path disk = root.resolve("images/disk.raw");
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-r-----"));
    Await.until(
        "it holds after a change of mode, too",
        () -> api.get(BOOT).text().contains("disk.raw.sha256 says " + says));
    put("images/disk.raw.sha256", "SHA256 (disk.raw) = " + is + "\n");
    Await.until("the claim is right now", () -> api.get(BOOT).status() == 200);
    assertEquals(200, api.get(BOOT).status());
    assertFalse(api.get("/api/v1/images/disk.raw").json().has("problem"));
    assertEquals(204, api.send("DELETE", "/api/v1/images/disk.raw", "").status());
    assertFalse(Files.exists(root.resolve("images/disk.raw.sha256")), "goes with its image");
    server.write("images/disk.raw", SIZE);
    put("images/disk.raw.sha256", is + "  disk.raw\n" + is + "  other.raw\n");
    assertEquals(204, api.send("DELETE", "/api/v1/images/disk.raw", "").status());
    assertTrue(Files.exists(root.resolve("images/disk.raw.sha256")), "is of others, too");
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.img", "disk.raw", "disk.img.raw", "disk.raw.zst", "disk.raw.gz"})
  void whatIsSaidBesideTheSourceHoldsForAllThatIsMadeOfIt(String image) throws Exception {
    server.write("images/disk.img", new Qcow2Writer(3, 16, SIZE).image());
    put("images/disk.img.sha256", "ab".repeat(32) + "  disk.img\n");
    install("{\"image\":\"" + image + "\"}");
    Await.until(
        "the machine is told", () -> api.get(BOOT).text().contains("disk.img.sha256 says abab"));
    assertEquals(503, api.get(BOOT).status());
  }

  @Test
  void whatIsSaidBesideTheDiskIsAProblemOfTheSourceToo() throws Exception {
    server.write("images/disk.img", new Qcow2Writer(3, 16, SIZE).image());
    put("images/disk.raw.sha256", "ab".repeat(32) + "  disk.raw\n");
    Await.until(
        "the API says so",
        () -> api.get("/api/v1/images/disk.img").text().contains("disk.raw.sha256 says abab"));
  }

  private void put(String name, String text) {
    server.write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theDigestOfAnUploadGoesWithTheFileAndNotWithItsName() throws Exception {
    byte[] first = noise(1);
    byte[] second = noise(2);
    String image = "/api/v1/images/disk.raw";
    assertEquals(Sha256.hexOf(first), api.send("PUT", image, first).json().get("sha256").asText());
    assertEquals(Sha256.hexOf(first) + "  disk.raw\n", api.get("/images/disk.raw.sha256").text());
    restart();
    assertEquals(Sha256.hexOf(first), api.get(image).json().get("sha256").asText());
    replace("disk.raw", second);
    assertFalse(api.get(image).text().contains(Sha256.hexOf(first)), api.get(image).text());
    assertFalse(api.get("/api/v1/images").text().contains(Sha256.hexOf(first)));
    assertEquals(Sha256.hexOf(second) + "  disk.raw\n", api.get("/images/disk.raw.sha256").text());
    install("{\"image\":\"disk.raw\"}");
    assertTrue(script().contains("sluice.sha256=" + Sha256.hexOf(second)));
    assertEquals(Sha256.hexOf(second), api.get(image).json().get("sha256").asText());
  }

  @Test
  void anotherVersionIsRefusedToWhoGoesOnWithAnInstallation() throws Exception {
    byte[] first = server.write("images/disk.raw", noise(1));
    install("{\"image\":\"disk.raw\",\"proof\":\"bytes\"}");
    String script = script();
    String url = url(script);
    assertEquals(Sha256.hexOf(first), api.get(M + "n1").json().at("/installation/digest").asText());
    byte[] part = api.get(url, "Range", "bytes=0-799999").response().body();
    assertArrayEquals(Arrays.copyOf(first, 800_000), part);
    replace("disk.raw", noise(2));
    String query = url.substring(url.indexOf('?'));
    refused(url, query);
    restart();
    refused(url, query);
    assertEquals(200, api.get("/images/disk.raw").status(), "who has no token gets what there is");
    ApiClient.Answer boot = api.get(BOOT);
    assertEquals(503, boot.status(), boot.text());
    assertTrue(boot.text().contains("was replaced"), boot.text());
    assertTrue(history().contains("was replaced"), history());
    assertEquals("running", api.get(M + "n1").json().at("/installation/state").asText());

    replace("disk.raw", first);
    Await.until(
        "the same bytes are the same", () -> api.get(url, "Range", "bytes=0-9").status() == 206);
    assertEquals(script.replaceAll(":\\d{2,5}/", "/"), script().replaceAll(":\\d{2,5}/", "/"));
    assertEquals(206, api.get(url, "Range", "bytes=800000-").status());
    Await.until("it is proved", () -> api.get(BOOT).text().contains("sanboot"));

    replace("disk.raw", noise(3));
    refused(url, query);
    api.send("POST", M + "n1/install", "{}");
    assertEquals(409, api.get(url).status(), "an old token is none");
  }

  private void refused(String url, String query) throws Exception {
    for (String target :
        new String[] {
          url,
          "/images/disk.raw.zst" + query,
          "/images/disk.raw.gz" + query,
          "/images/disk.raw.bmap" + query,
          "/images/disk.bmap" + query,
          "/images/disk.raw.sha256" + query
        }) {
      Await.until(target + " is refused", () -> api.get(target).status() == 409);
    }
    ApiClient.Answer answer = api.get(url, "Range", "bytes=800000-");
    assertEquals(409, answer.status());
    assertTrue(answer.text().contains("was replaced since"), answer.text());
    try (RawClient client = server.client()) {
      assertEquals(409, client.head(url).status());
    }
  }

  @Test
  void whatIsMadeOfThePinnedVersionIsDelivered() throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
    server.write("images/disk.qcow2", writer.image());
    install("{\"image\":\"disk.qcow2\"}");
    String url = url(script());
    assertTrue(url.startsWith("/images/disk.raw?install="), url);
    String query = url.substring(url.indexOf('?'));
    for (String name : new String[] {"disk.raw", "disk.qcow2", "disk.raw.zst", "disk.raw.bmap"}) {
      assertEquals(200, api.get("/images/" + name + query).status(), name);
    }
    assertEquals(
        api.get(M + "n1").json().at("/installation/digest").asText(),
        api.get("/images/disk.raw.sha256" + query).text().substring(0, 64));
    server.write("images/other.raw", 70_000);
    assertEquals(200, api.get("/images/other.raw" + query).status(), "another image");
    server.write("images/disk.raw", noise(1));
    assertEquals(409, api.get(url).status(), "another file takes the place of the disk");
    Files.delete(root.resolve("images/disk.raw"));
    Await.until("the disk is served again", () -> api.get(url).status() == 200);
    replace("disk.qcow2", new Qcow2Writer(3, 16, SIZE - 65_536).image());
    Await.until("another disk is refused", () -> api.get(url).status() == 409);
    assertEquals(409, api.get("/images/disk.qcow2" + query).status());
  }

  @Test
  void aCopyIsMadeForItsDigest() throws Exception {
    server.write("images/disk.raw", noise(1));
    install("{\"image\":\"disk.raw.zst\"}");
    String script = script();
    byte[] copy = api.get(url(script)).response().body();
    assertTrue(script.contains("sluice.sha256=" + Sha256.hexOf(copy)), script);
    replace("disk.raw", noise(2));
    Await.until("another copy is refused", () -> api.get(url(script)).status() == 409);
  }

  @Test
  void aMachineWhoseProfileKnowsItsImageIsNotKeptWaiting() throws Exception {
    install("{}");
    assertEquals(200, api.get(BOOT).status());
    assertFalse(api.get(M + "n1").json().at("/installation").has("digest"));
  }
}
