package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.Zstd;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a file of the images' folder holds is told by its content, whatever it is called. */
@ExtendWith(NothingLeaks.class)
class ImageFormatsIT {
  private static final int CLUSTER = 1 << 16;
  private static final int SIZE = 20 * CLUSTER;
  private static final String M = "/api/v1/machines/";
  private static final String IMAGES = "/api/v1/images/";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private final byte[] disk = new byte[SIZE];
  private byte[] qcow2 = new byte[0];

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
    Random random = new Random(3);
    for (int i = 0; i < 10; i++) {
      byte[] cluster = new byte[CLUSTER];
      random.nextBytes(cluster);
      System.arraycopy(cluster, 0, disk, i * CLUSTER, CLUSTER);
      writer.stored(i, cluster);
    }
    qcow2 = writer.image();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private byte[] body(String path) throws IOException {
    ApiClient.Answer answer = api.get(path);
    assertEquals(200, answer.status(), () -> path + ": " + answer.text());
    return answer.response().body();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void aQcow2ImageUnderAnyNameOfADiskGivesTheDisk() throws Exception {
    for (String extension :
        List.of(".img", ".raw", ".qcow2", ".qcow2.img", ".QCOW2", ".iso", ".Wic", ".dd")) {
      String file = "noble" + extension;
      server.write("images/" + file, qcow2);
      assertArrayEquals(disk, body("/images/noble.raw"), file);
      assertArrayEquals(disk, Zstd.decompress(body("/images/noble.raw.zst"), SIZE), file);
      String line = new String(body("/images/noble.raw.sha256"), StandardCharsets.US_ASCII);
      assertEquals(sha256(disk) + "  noble.raw\n", line, file);
      String map = new String(body("/images/noble.raw.bmap"), StandardCharsets.US_ASCII);
      assertTrue(map.contains("<ImageSize> " + SIZE + " <"), map);
      assertTrue(
          new String(body("/images/" + file + ".bmap"), StandardCharsets.US_ASCII)
              .contains("<ImageSize> " + SIZE + " <"),
          file);
      assertEquals("qcow2", api.get(IMAGES + file).json().get("format").asText(), file);
      assertEquals(SIZE, api.get(IMAGES + file).json().get("virtual_size").asInt(), file);
      if (!extension.equals(".raw")) {
        assertArrayEquals(qcow2, body("/images/" + file), "as it is under its own name");
        assertTrue(
            new String(body("/images/" + file + ".sha256"), StandardCharsets.US_ASCII)
                .startsWith(sha256(qcow2)));
      }
      Files.delete(root.resolve("images/" + file));
    }
  }

  @Test
  void aRawDiskUnderAnyNameOfADiskGivesTheDisk() throws Exception {
    for (String extension :
        List.of(".img", ".raw", ".qcow2", ".qcow2.img", ".QCOW2", ".iso", ".wic", ".dd", ".IMG")) {
      server.write("images/hirsute" + extension, disk);
      assertArrayEquals(disk, body("/images/hirsute.raw"), extension);
      Files.delete(root.resolve("images/hirsute" + extension));
    }
    assertEquals(404, api.get("/images/hirsute.raw").status());
  }

  @Test
  void ofSeveralFilesTheOneThatIsPreferredIsTakenAndTheOthersHaveNamesOfTheirOwn()
      throws Exception {
    server.write("images/two.qcow2", qcow2);
    byte[] img = server.write("images/two.img", 100_000);
    assertArrayEquals(img, body("/images/two.raw"));
    assertArrayEquals(disk, body("/images/two.qcow2.raw"));
    assertArrayEquals(img, body("/images/two.img.raw"));
    byte[] raw = server.write("images/two.raw", 50_000);
    assertArrayEquals(raw, body("/images/two.raw"));
    byte[] copy = server.write("images/two.raw.zst", 700);
    assertArrayEquals(copy, body("/images/two.raw.zst"), "a real file of the name");
  }

  @Test
  void aDiskInAFormatThatIsNotReadIsRefusedWithWhatToRun() throws Exception {
    byte[] vmdk = Arrays.copyOf("KDMV\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1), 70_000);
    byte[] vdi = new byte[70_000];
    System.arraycopy(new byte[] {0x7f, 0x10, (byte) 0xda, (byte) 0xbe, 1, 0, 1, 0}, 0, vdi, 64, 8);
    byte[] vhdx = Arrays.copyOf("vhdxfile".getBytes(StandardCharsets.US_ASCII), 70_000);
    server.write("images/a.vmdk", vmdk);
    server.write("images/b.vdi", vdi);
    server.write("images/c.img", vhdx);
    server.write("images/d.raw", vmdk);
    api.send("PUT", M + "n1", "{\"macs\":[\"525400000001\"]}");
    for (String file : List.of("a.vmdk", "b.vdi", "c.img", "d.raw")) {
      String stem = file.substring(0, 1);
      String run = "qemu-img convert -O qcow2 " + file + " " + stem + ".qcow2";
      for (String path : List.of(".raw", ".raw.zst", ".raw.sha256", ".raw.bmap", ".raw.tar.zst")) {
        ApiClient.Answer refused = api.get("/images/" + stem + path);
        assertEquals(422, refused.status(), file + path + " " + refused.text());
        assertTrue(refused.text().contains(run), refused.text());
      }
      JsonNode image = api.get(IMAGES + file).json();
      assertTrue(image.get("problem").asText().contains(run), image.toString());
      ApiClient.Answer install = api.send("POST", M + "n1/install", "{\"image\":\"" + file + "\"}");
      assertEquals(422, install.status());
      assertTrue(install.text().contains(run), install.text());
      server.write("images/" + stem + ".qcow2", qcow2);
      assertArrayEquals(disk, body("/images/" + stem + ".raw"), "after it was converted");
    }
    assertArrayEquals(vmdk, body("/images/a.vmdk"), "the file itself");
  }

  @Test
  void aFileThatOnlyClaimsToBeAnImageIsNotServedAsADisk() throws Exception {
    server.write("images/page.qcow2", "<html>not found</html>".getBytes(StandardCharsets.UTF_8));
    byte[] damaged = qcow2.clone();
    damaged[0] ^= 1;
    server.write("images/damaged.qcow2", damaged);
    for (String stem : List.of("page", "damaged")) {
      ApiClient.Answer refused = api.get("/images/" + stem + ".raw");
      assertEquals(422, refused.status());
      assertTrue(refused.text().contains("expected: a QCOW2 image"), refused.text());
    }
  }

  @Test
  void whatAMachineInstallsIsTheDiskWithTheDigestOfTheDisk() throws Exception {
    server.write("images/noble.img", qcow2);
    String wrong = sha256(qcow2) + "  noble.img\n";
    server.write("images/noble.img.sha256", wrong.getBytes(StandardCharsets.US_ASCII));
    body("/images/noble.raw.sha256");
    api.send("PUT", M + "n1", "{\"macs\":[\"525400000001\"]}");
    for (String image : List.of("noble.img", "noble.raw")) {
      assertEquals(
          200,
          api.send("POST", M + "n1/install", "{\"image\":\"" + image + "\",\"proof\":\"bytes\"}")
              .status());
      String script = api.eventually("/boot/525400000001").text();
      assertTrue(script.contains("sluice.sha256=" + sha256(disk)), script);
      String url = script.replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1");
      assertTrue(url.startsWith("/images/noble.raw?install="), url);
      assertArrayEquals(disk, body(url));
      Await.until(
          image + " is delivered",
          () -> api.get(M + "n1").json().at("/installation/state").asText().equals("done"));
    }
  }

  @Test
  void anImageWhosePlaceIsTakenIsInstalledUnderANameOfItsOwn() throws Exception {
    server.write("images/noble.img", qcow2);
    server.write("images/noble.raw", 90_000);
    body("/images/noble.img.raw.sha256");
    api.send("PUT", M + "n1", "{\"macs\":[\"525400000001\"]}");
    api.send("POST", M + "n1/install", "{\"image\":\"noble.img\"}");
    String script = api.eventually("/boot/525400000001").text();
    assertTrue(script.contains("/images/noble.img.raw?install="), script);
    assertTrue(script.contains("sluice.sha256=" + sha256(disk)), script);
  }

  @Test
  void theDigestBesideAFileThatIsNotTheDiskIsNotThatOfTheDisk() throws Exception {
    server.write("images/up.raw", qcow2);
    String wrong = sha256(qcow2) + "  up.raw\n";
    server.write("images/up.raw.sha256", wrong.getBytes(StandardCharsets.US_ASCII));
    String line = new String(body("/images/up.raw.sha256"), StandardCharsets.US_ASCII);
    assertEquals(sha256(disk) + "  up.raw\n", line);
    assertEquals(sha256(disk), api.get(IMAGES + "up.raw").json().get("sha256").asText());
  }
}
