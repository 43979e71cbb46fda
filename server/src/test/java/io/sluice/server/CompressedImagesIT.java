package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.Zstd;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Disks in compressed files are inflated once, and served while that goes on. */
@ExtendWith(NothingLeaks.class)
class CompressedImagesIT {
  private static final int SIZE = 2_600_448;
  private static final String IMAGES = "/api/v1/images/";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private final byte[] disk = disk();

  private void start(String... settings) throws IOException {
    server = RunningServer.start(root, Transport.best(), settings);
    api = new ApiClient(server.address());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** Noise with a hole of a megabyte. */
  private static byte[] disk() {
    byte[] bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    Arrays.fill(bytes, 500_000, 1_600_000, (byte) 0);
    return bytes;
  }

  private interface Compressor {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] packed(byte[] bytes, Compressor compressor) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream in = compressor.over(out)) {
      in.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] xz(byte[] bytes) throws IOException {
    return packed(bytes, out -> new XZOutputStream(out, new LZMA2Options(0)));
  }

  /** By extension. */
  private static Map<String, byte[]> packed(byte[] bytes) throws IOException {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put(".xz", xz(bytes));
    all.put(".gz", packed(bytes, GZIPOutputStream::new));
    all.put(".bz2", packed(bytes, out -> new BZip2CompressorOutputStream(out, 1)));
    all.put(".zst", Zstd.compress(bytes, 1));
    return all;
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private RawClient.Response get(String path, String... fields) throws IOException {
    try (RawClient client = server.client()) {
      return client.get(path, fields);
    }
  }

  private byte[] body(String path) throws IOException {
    RawClient.Response answer = get(path);
    assertEquals(200, answer.status(), () -> path + ": " + answer.text());
    return answer.body();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private void awaitInflated(String name) throws Exception {
    Await.until(
        name + " is inflated",
        () -> {
          try (RawClient client = server.client()) {
            return client.head("/images/" + name).find("Content-Length").isPresent();
          }
        });
  }

  @Test
  void everyFormatGivesTheDiskTheFirstTimeAndEveryOther() throws Exception {
    start();
    for (Map.Entry<String, byte[]> each : packed(disk).entrySet()) {
      for (String kind : List.of(".img", ".wic", ".RAW")) {
        String file = "pi" + kind + each.getKey();
        server.write("images/" + file, each.getValue());
        RawClient.Response first = get("/images/pi.raw");
        assertEquals(200, first.status(), () -> file + first.text());
        assertArrayEquals(disk, first.body(), file);
        awaitInflated("pi.raw");
        RawClient.Response next = get("/images/pi.raw");
        assertArrayEquals(disk, next.body(), file);
        assertEquals(String.valueOf(SIZE), next.field("Content-Length"));
        assertEquals(first.field("ETag"), next.field("ETag"), "one disk");
        RawClient.Response part =
            get("/images/pi.raw", "Range: bytes=400000-600000", "If-Range: " + next.field("ETag"));
        assertEquals(206, part.status());
        assertArrayEquals(Arrays.copyOfRange(disk, 400_000, 600_001), part.body());
        assertArrayEquals(each.getValue(), body("/images/" + file), "the file itself");
        Files.delete(root.resolve("images/" + file));
      }
    }
  }

  @Test
  void aQcow2ImageInACompressedFileGivesItsDisk() throws Exception {
    start();
    int cluster = 1 << 16;
    Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
    for (int i = 0; i * cluster < SIZE; i++) {
      byte[] bytes = Arrays.copyOfRange(disk, i * cluster, (i + 1) * cluster);
      if (i % 3 == 0) {
        writer.compressed(i, bytes, i);
      } else {
        writer.stored(i, bytes);
      }
    }
    for (Map.Entry<String, byte[]> each : packed(writer.image()).entrySet()) {
      for (String kind : List.of(".qcow2", ".img")) {
        String file = "ha" + kind + each.getKey();
        server.write("images/" + file, each.getValue());
        try (RawClient client = server.client()) {
          assertTrue(client.head("/images/ha.raw").find("Content-Length").isEmpty());
        }
        JsonNode before = api.get(IMAGES + file).json();
        assertEquals(SIZE, before.get("virtual_size").asInt(), "as its header says");
        assertArrayEquals(
            Arrays.copyOfRange(disk, 100, 200_100),
            get("/images/ha.raw", "Range: bytes=100-200099").body());
        assertArrayEquals(disk, body("/images/ha.raw"), file);
        assertEquals(SIZE, api.get(IMAGES + file).json().get("virtual_size").asInt());
        Files.delete(root.resolve("images/" + file));
      }
    }
  }

  @Test
  void whatIsMadeOfTheDiskIsMadeThoughItIsNotInflatedYet() throws Exception {
    start();
    server.write("images/a.img.gz", packed(disk).get(".gz"));
    assertArrayEquals(disk, Zstd.decompress(body("/images/a.raw.zst"), SIZE));
    server.write("images/b.img.bz2", packed(disk).get(".bz2"));
    assertEquals(
        sha256(disk) + "  b.raw\n",
        new String(body("/images/b.raw.sha256"), StandardCharsets.US_ASCII));
    server.write("images/c.wic.zst", packed(disk).get(".zst"));
    String map = new String(body("/images/c.raw.bmap"), StandardCharsets.US_ASCII);
    assertTrue(map.contains("<ImageSize> " + SIZE + " <"), map);
    for (String asked : List.of("c.wic.zst.bmap", "c.bmap")) {
      String same = new String(body("/images/" + asked), StandardCharsets.US_ASCII);
      assertEquals(map, same, "as bmaptool asks");
    }
    server.write("images/d.img.xz", packed(disk).get(".xz"));
    body("/images/d.raw.zst.sha256");
  }

  @Test
  void manyAskAtOnceWithRangesAndItIsInflatedOnce() throws Exception {
    start();
    server.write("images/pi.img.xz", packed(disk).get(".xz"));
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try {
      List<Future<byte[]>> bodies = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int from = i * 300_000;
        bodies.add(
            clients.submit(
                () -> {
                  RawClient.Response part = get("/images/pi.raw", "Range: bytes=" + from + "-");
                  assertEquals(206, part.status());
                  assertEquals(
                      "bytes " + from + "-" + (SIZE - 1) + "/" + SIZE, part.field("Content-Range"));
                  return part.body();
                }));
      }
      for (int i = 0; i < 8; i++) {
        assertArrayEquals(
            Arrays.copyOfRange(disk, i * 300_000, SIZE), bodies.get(i).get(60, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    awaitInflated("pi.raw");
    server.awaitMetric(1, "sluice_conversion_duration_seconds_count", "kind", "inflated");
    assertTrue(server.scrape().sum("sluice_cache_bytes") < SIZE - 1_000_000, "zeros are holes");
  }

  @Test
  void allMembersOfAFileAreRead() throws Exception {
    start();
    byte[] head = Arrays.copyOf(disk, 1_300_000);
    byte[] tail = Arrays.copyOfRange(disk, 1_300_000, SIZE);
    Map<String, byte[]> second = packed(tail);
    for (Map.Entry<String, byte[]> each : packed(head).entrySet()) {
      String name = "two" + each.getKey().substring(1);
      server.write(
          "images/" + name + ".img" + each.getKey(),
          joined(each.getValue(), second.get(each.getKey())));
      assertArrayEquals(disk, body("/images/" + name + ".raw"), name);
    }
    server.write("images/pad.img.xz", joined(packed(disk).get(".xz"), new byte[8]));
    assertArrayEquals(disk, body("/images/pad.raw"), "padding that the format has");
  }

  @Test
  void whatIsDamagedIsNeverServedAsWholeAndSaysSo() throws Exception {
    start();
    for (Map.Entry<String, byte[]> each : packed(disk).entrySet()) {
      byte[] good = each.getValue();
      byte[] flipped = good.clone();
      flipped[good.length / 2] ^= 0x10;
      Map<String, byte[]> bad = new LinkedHashMap<>();
      bad.put("cut", Arrays.copyOf(good, good.length / 2));
      bad.put("end", Arrays.copyOf(good, good.length - 3));
      bad.put("garbage", joined(good, "some garbage".getBytes(StandardCharsets.US_ASCII)));
      if (!each.getKey().equals(".zst")) {
        // A frame without a checksum does not tell.
        bad.put("flipped", flipped);
      }
      for (Map.Entry<String, byte[]> one : bad.entrySet()) {
        String name = one.getKey() + each.getKey().substring(1);
        server.write("images/" + name + ".img" + each.getKey(), one.getValue());
        boolean whole;
        try (RawClient client = server.client()) {
          whole = client.get("/images/" + name + ".raw").status() == 200;
        } catch (IOException cutOff) {
          whole = false;
        }
        assertFalse(whole, name);
        Await.until(
            name + " is known to be damaged",
            () -> {
              try {
                return get("/images/" + name + ".raw").status() == 422;
              } catch (IOException cutOff) {
                return false;
              }
            });
        JsonNode image = api.get(IMAGES + name + ".img" + each.getKey()).json();
        assertTrue(image.get("problem").asText().contains(name), image.toString());
      }
    }
    String[] kept =
        root.resolve("cache").toFile().list((folder, name) -> name.contains(".inflated"));
    assertEquals(0, kept == null ? -1 : kept.length, "nothing of them is kept");
  }

  @Test
  void whatDoesNotFitTheCacheIs507() throws Exception {
    start("cache-size=1000000");
    server.write("images/pi.img.gz", packed(disk).get(".gz"));
    server.write("images/qc.img.xz", packed(disk).get(".xz"));
    RawClient.Response copy = get("/images/pi.raw.zst");
    assertEquals(507, copy.status(), copy.text());
    assertTrue(copy.text().contains("the cache is full"), copy.text());
    RawClient.Response part = get("/images/qc.raw", "Range: bytes=2500000-2500010");
    assertEquals(507, part.status(), part.text());
  }

  @Test
  void aCompressedFileThatIsNoDiskIsWhatItIs() throws Exception {
    start();
    byte[] initrd =
        server.write(
            "images/initrd.img",
            packed("0707010000".getBytes(StandardCharsets.US_ASCII), GZIPOutputStream::new));
    assertArrayEquals(initrd, body("/images/initrd.img"));
    assertArrayEquals(initrd, body("/images/initrd.raw"));
    byte[] root = server.write("images/rootfs.tar.xz", xz(new byte[1000]));
    assertArrayEquals(root, body("/images/rootfs.tar.xz"));
    assertEquals(404, get("/images/rootfs.raw").status());
    api.send("PUT", "/api/v1/machines/n1", "{\"macs\":[\"525400000001\"]}");
    api.send("POST", "/api/v1/machines/n1/install", "{\"image\":\"rootfs.tar.xz\"}");
    body("/images/rootfs.tar.xz.sha256");
    assertTrue(api.get("/boot/525400000001").text().contains("/images/rootfs.tar.xz?"));
  }

  @Test
  void aMachineInstallsTheDiskOfACompressedImage() throws Exception {
    start();
    server.write("images/pi.img.xz", packed(disk).get(".xz"));
    assertEquals("xz", api.get(IMAGES + "pi.img.xz").json().get("format").asText());
    assertEquals(SIZE, api.get(IMAGES + "pi.img.xz").json().get("virtual_size").asInt());
    body("/images/pi.raw.sha256");
    api.send("PUT", "/api/v1/machines/n1", "{\"macs\":[\"525400000001\"]}");
    api.send("POST", "/api/v1/machines/n1/install", "{\"image\":\"pi.img.xz\"}");
    String script = api.get("/boot/525400000001").text();
    assertTrue(script.contains("/images/pi.raw?install="), script);
    assertTrue(script.contains("sluice.sha256=" + sha256(disk)), script);
  }

  @Test
  void itIsThereAfterARestartForWhatItTakesUp() throws Exception {
    start();
    server.write("images/pi.img.gz", packed(disk).get(".gz"));
    assertArrayEquals(disk, body("/images/pi.raw"));
    awaitInflated("pi.raw");
    double before = server.scrape().sum("sluice_cache_bytes");
    server.close();
    start("cache-size=2000000");
    awaitInflated("pi.raw");
    assertArrayEquals(disk, body("/images/pi.raw"));
    assertTrue(Math.abs(server.scrape().sum("sluice_cache_bytes") - before) < 10_000);
  }
}
