package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What those get who ask for what is not made yet, or cannot be made. */
@ExtendWith(NothingLeaks.class)
class FirstCopyIT {
  private static final int MOST_ATTEMPTS = 50;

  @TempDir Path root;
  private RunningServer server;
  private byte[] disk = new byte[0];

  private void start(Transport transport) throws IOException {
    server = RunningServer.start(root, transport);
    disk = server.write("images/disk.raw", 3_000_000);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private RawClient.Response get(String path, String... fields) throws IOException {
    try (RawClient client = server.client()) {
      return client.get(path, fields);
    }
  }

  @Test
  void aHeadMakesNothing() throws Exception {
    start(Transport.best());
    List<String> names = List.of(".zst", ".gz", ".tar.zst", ".bmap", ".sha256", ".zst.sha256");
    try (RawClient client = server.client()) {
      for (String name : names) {
        assertEquals(200, client.head("/images/disk.raw" + name).status(), name);
      }
      assertEquals(
          String.valueOf(64 + "  disk.raw\n".length()),
          client.head("/images/disk.raw.sha256").field("Content-Length"));
      assertEquals(404, client.head("/images/none.raw.sha256").status());
    }
    assertEquals(0, server.scrape().sum("sluice_conversion_duration_seconds_count"));
    assertEquals(0, server.scrape().sum("sluice_conversions_in_progress"));
  }

  @Test
  void whoGoesOnWithACopyThatWasCutOffGetsTheRest() throws Exception {
    start(Transport.best());
    String path = "/images/disk.raw.zst";
    RawClient.Response rest = get(path, "Range: bytes=1000-");
    assertEquals(206, rest.status());
    byte[] whole = get(path).body();
    assertArrayEquals(disk, Zstd.decompress(whole, disk.length));
    assertArrayEquals(Arrays.copyOfRange(whole, 1000, whole.length), rest.body());
    assertEquals(
        "bytes 1000-" + (whole.length - 1) + "/" + whole.length, rest.field("Content-Range"));
  }

  @Test
  void aCopyThatIsCutOffEndsWithAResetForAnOldClient() throws Exception {
    for (Transport transport : RunningServer.transports()) {
      start(transport);
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
        out.write(disk);
      }
      server.write("images/whole.img.gz", packed.toByteArray());
      assertTrue(isReset(Arrays.copyOf(packed.toByteArray(), packed.size() - 20)));
      byte[] answer = untilItEnds("/images/whole.raw");
      assertArrayEquals(
          disk, Arrays.copyOfRange(answer, answer.length - disk.length, answer.length));
      server.close();
    }
  }

  /** Whether it is cut off midway, which it is not where the damage is found before that. */
  private boolean isReset(byte[] cut) throws IOException {
    for (int i = 0; i < MOST_ATTEMPTS; i++) {
      server.write("images/cut" + i + ".img.gz", cut);
      try {
        String answer =
            new String(untilItEnds("/images/cut" + i + ".raw"), StandardCharsets.ISO_8859_1);
        assertTrue(answer.startsWith("HTTP/1.1 422"), "never whole");
      } catch (SocketException reset) {
        return true;
      }
    }
    return false;
  }

  private byte[] untilItEnds(String path) throws IOException {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.setSoTimeout(20_000);
      String request = "GET " + path + " HTTP/1.0\r\nHost: x\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().readAllBytes();
    }
  }

  @Test
  void aPathThatEndsWithASlashIsThatOfNoFile() throws Exception {
    start(Transport.best());
    server.write("boot/x86_64/vmlinuz", 100);
    server.write("os/debian/amd64.iso", 100);
    for (String path : List.of("/images/disk.raw", "/boot/x86_64/vmlinuz", "/os/debian/amd64")) {
      assertEquals(200, get(path).status(), path);
      assertEquals(404, get(path + "/").status(), path);
      assertEquals(404, get(path + "//").status(), path);
      assertEquals(404, get(path + "%2f").status(), path);
    }
    assertEquals(404, get("/images/disk.raw.zst/").status());
  }

  @Test
  void whatLiesBesideAnOsImageIsNoneItself() throws Exception {
    start(Transport.best());
    byte[] image = server.write("os/debian/amd64.tar.xz", 5000);
    for (String beside :
        List.of(
            ".tar.xz.md5",
            ".md5",
            ".tar.xz.sha1",
            ".SHA256",
            ".tar.xz.sha512sum",
            ".asc",
            ".json",
            ".tar.xz.gpg",
            ".manifest",
            ".txt",
            ".tar.xz.part",
            ".tar.xz~",
            ".torrent")) {
      server.write("os/debian/amd64" + beside, 10);
    }
    assertArrayEquals(image, get("/os/debian/amd64").body());
    server.write("os/debian/amd64.iso", 10);
    RawClient.Response two = get("/os/debian/amd64");
    assertEquals(409, two.status());
    assertTrue(two.text().contains("amd64.iso, amd64.tar.xz"), two.text());
    byte[] alone = server.write("os/notes/arm64.json", 10);
    assertArrayEquals(alone, get("/os/notes/arm64").body());
  }

  @Test
  void withoutAFolderToKeepThingsInDerivedNamesSaySo() throws Exception {
    Files.writeString(root.resolve("cache"), "a file");
    start(Transport.best());
    Qcow2Writer writer = new Qcow2Writer(3, 16, 200_000);
    byte[] cluster = new byte[1 << 16];
    Arrays.fill(cluster, (byte) 7);
    writer.stored(0, cluster);
    writer.compressed(1, cluster, 1);
    server.write("images/cloud.qcow2", writer.image());
    for (String name :
        List.of("disk.raw.zst", "disk.raw.gz", "disk.raw.bmap", "cloud.raw.tar.zst")) {
      RawClient.Response refused = get("/images/" + name);
      assertEquals(503, refused.status(), name);
      assertTrue(refused.text().contains("--cache"), refused.text());
      assertTrue(Integer.parseInt(refused.field("Retry-After")) > 0);
    }
    assertEquals(404, get("/images/none.raw.zst").status());
    assertArrayEquals(disk, get("/images/disk.raw").body());
    byte[] cloud = get("/images/cloud.raw").body();
    assertEquals(200_000, cloud.length);
    assertEquals(7, cloud[100_000]);
    assertEquals(200, get("/images/disk.raw.sha256").status());
  }
}
