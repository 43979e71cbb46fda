package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.sluice.server.schedule.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What is made from images when it is asked for. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class DerivedImagesIT {
  private static final int CLIENTS = 32;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private byte[] disk;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    disk = server.write("images/disk.raw", 3_000_000);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private RawClient.Response get(String path) throws IOException {
    try (RawClient client = server.client()) {
      return client.get(path);
    }
  }

  private static byte[] zstd(byte[] compressed) throws IOException {
    try (InputStream in = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(compressed))) {
      return in.readAllBytes();
    }
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  @Test
  void theFirstAnswerIsChunkedAndTheNextIsAFileWithTheSameBytesAndTag() throws Exception {
    RawClient.Response first = get("/images/disk.raw.zst");
    assertEquals(200, first.status());
    assertEquals("chunked", first.field("Transfer-Encoding"));
    assertTrue(first.find("Content-Length").isEmpty());
    assertEquals("application/zstd", first.field("Content-Type"));
    assertArrayEquals(disk, zstd(first.body()));
    awaitFinished("/images/disk.raw.zst");
    RawClient.Response next = get("/images/disk.raw.zst");
    assertArrayEquals(first.body(), next.body());
    assertEquals(first.field("ETag"), next.field("ETag"));
    assertEquals(first.field("Last-Modified"), next.field("Last-Modified"));
    try (RawClient client = server.client()) {
      RawClient.Response part =
          client.get(
              "/images/disk.raw.zst", "Range: bytes=1000-1999", "If-Range: " + first.field("ETag"));
      assertEquals(206, part.status());
      assertArrayEquals(Arrays.copyOfRange(first.body(), 1000, 2000), part.body());
      assertEquals(
          304,
          client.get("/images/disk.raw.zst", "If-None-Match: " + first.field("ETag")).status());
      assertEquals(
          Integer.toString(first.body().length),
          client.head("/images/disk.raw.zst").field("Content-Length"));
    }
  }

  private void awaitFinished(String path) throws Exception {
    Await.until(
        path + " is there",
        () -> {
          try (RawClient client = server.client()) {
            return client.head(path).find("Content-Length").isPresent();
          }
        });
  }

  @Test
  void aHeadMakesNothingAndKnowsNoLength() throws Exception {
    try (RawClient client = server.client()) {
      RawClient.Response head = client.head("/images/disk.raw.gz");
      assertEquals(200, head.status());
      assertTrue(head.find("Content-Length").isEmpty());
      assertEquals(0, server.scrape().sum("sluice_conversion_duration_seconds_count"));
      assertArrayEquals(disk, client.get("/images/disk.raw").body());
    }
  }

  @Test
  void aClientOfHttp10ReadsToTheEndOfTheConnection() throws Exception {
    try (RawClient client = server.client()) {
      client.send("GET /images/disk.raw.gz HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
      RawClient.Response head = client.readHead();
      assertEquals("close", head.field("Connection"));
      assertTrue(head.find("Transfer-Encoding").isEmpty());
      byte[] body = client.rest();
      assertArrayEquals(disk, new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes());
    }
  }

  @Test
  void manyFirstRequestsMakeOneProduction() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    CyclicBarrier together = new CyclicBarrier(CLIENTS);
    try {
      List<Future<byte[]>> bodies = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        bodies.add(
            clients.submit(
                () -> {
                  try (RawClient client = server.client()) {
                    together.await(10, TimeUnit.SECONDS);
                    return client.get("/images/disk.raw.tar.zst").body();
                  }
                }));
      }
      byte[] first = bodies.get(0).get(20, TimeUnit.SECONDS);
      for (Future<byte[]> body : bodies) {
        assertArrayEquals(first, body.get(20, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    server.awaitMetric(1, "sluice_conversion_duration_seconds_count", "kind", "raw.tar.zst");
    server.awaitMetric(0, "sluice_conversions_in_progress");
  }

  @Test
  void digestsAreThoseOfTheFilesAndGoOutWithThem() throws Exception {
    String hex = HexFormat.of().formatHex(sha256(disk));
    assertEquals(hex + "  disk.raw\n", get("/images/disk.raw.sha256").text());
    String field = get("/images/disk.raw").field("Repr-Digest");
    assertEquals("sha-256=:" + Base64.getEncoder().encodeToString(sha256(disk)) + ":", field);
    try (RawClient client = server.client()) {
      assertTrue(client.get("/images/disk.raw", "Range: bytes=0-9").find("Repr-Digest").isEmpty());
    }
    String copy = get("/images/disk.raw.zst.sha256").text();
    assertEquals(
        HexFormat.of().formatHex(sha256(get("/images/disk.raw.zst").body())) + "  disk.raw.zst\n",
        copy);
  }

  @Test
  void theDigestOfAFileThatWasSentIsComputedForThoseWhoComeLater() throws Exception {
    assertTrue(get("/images/disk.raw").find("Repr-Digest").isEmpty());
    Await.until(
        "its digest is known", () -> get("/images/disk.raw").find("Repr-Digest").isPresent());
  }

  @Test
  void aReplacedSourceIsAnotherImage() throws Exception {
    RawClient.Response old = get("/images/disk.raw.zst");
    byte[] fresh = server.write("images/.fresh", 2_000_000);
    Files.move(
        root.resolve("images/.fresh"),
        root.resolve("images/disk.raw"),
        StandardCopyOption.REPLACE_EXISTING);
    RawClient.Response next = get("/images/disk.raw.zst");
    assertNotEquals(old.field("ETag"), next.field("ETag"));
    assertArrayEquals(fresh, zstd(next.body()));
  }

  @Test
  void aRealFileWinsAndAnImgStandsInForARaw() throws Exception {
    byte[] real = server.write("images/disk.raw.gz", 1000);
    assertArrayEquals(real, get("/images/disk.raw.gz").body());
    byte[] img = server.write("images/other.img", 500_000);
    assertArrayEquals(img, zstd(get("/images/other.raw.zst").body()));
    assertTrue(get("/images/other.img.bmap").text().contains("<ImageSize> 500000 </ImageSize>"));
    assertTrue(get("/images/other.bmap").text().contains("<ImageSize> 500000 </ImageSize>"));
  }

  @Test
  void whatHasNoSourceIsNotThereAndWhatIsNoImageIsRefused() throws Exception {
    for (String name :
        List.of(
            "no.raw.zst", "no.sha256", "no.raw.bmap", ".raw.zst", "disk.raw.zst.bmap", ".bmap")) {
      assertEquals(404, get("/images/" + name).status(), name);
    }
    server.write("images/broken.qcow2", 100_000);
    RawClient.Response refused = get("/images/broken.raw.zst");
    assertEquals(422, refused.status());
    assertTrue(refused.text().contains("(expected: "), refused.text());
  }
}
