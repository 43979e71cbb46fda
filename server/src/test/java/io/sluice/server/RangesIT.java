package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of files, byte by byte, and the conditions under which they are asked for. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class RangesIT {
  private static final String BYTES = "application/octet-stream";

  /** More than several turns of a transfer, and no multiple of one. */
  private static final int LARGE = 3 * 1024 * 1024 + 12_345;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void partsAreTheSameBytesAsTheWhole() throws IOException {
    byte[] bytes = server.write("images/disk.raw", LARGE);
    int[][] parts = {
      {0, 0}, {0, 511}, {1, 1}, {131_071, 131_072}, {100_000, 400_000}, {LARGE - 1, LARGE - 1}
    };
    for (int[] part : parts) {
      assertPart(bytes, part[0], part[1], part[0] + "-" + part[1]);
    }
    assertPart(bytes, LARGE - 70_000, LARGE - 1, (LARGE - 70_000) + "-");
    assertPart(bytes, LARGE - 70_000, LARGE - 1, (LARGE - 70_000) + "-99999999999999999999");
    assertPart(bytes, LARGE - 1, LARGE - 1, "-1");
    assertPart(bytes, LARGE - 200_000, LARGE - 1, "-200000");
    assertPart(bytes, 0, LARGE - 1, "-" + (LARGE + 1));
    assertPart(bytes, 0, LARGE - 1, "0-");
  }

  private void assertPart(byte[] whole, int first, int last, String asked) throws IOException {
    RawClient.Response answer = client.get("/images/disk.raw", "Range: bytes=" + asked);
    assertEquals(206, answer.status(), asked);
    assertEquals("bytes " + first + "-" + last + "/" + whole.length, answer.field("Content-Range"));
    assertEquals(BYTES, answer.field("Content-Type"));
    assertArrayEquals(Arrays.copyOfRange(whole, first, last + 1), answer.body(), asked);
  }

  @Test
  void severalPartsComeAsMultipartInTheOrderAskedFor() throws IOException {
    byte[] bytes = server.write("images/disk.iso", LARGE);
    RawClient.Response answer =
        client.get("/images/disk.iso", "Range: bytes=500000-800000, 0-0 ,-3,7-9");
    assertEquals(206, answer.status());
    assertTrue(answer.find("Content-Range").isEmpty(), "only the parts have one");
    String type = answer.field("Content-Type");
    assertTrue(type.startsWith("multipart/byteranges; boundary="), type);
    String boundary = type.substring(type.indexOf('=') + 1);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    int[][] parts = {{500_000, 800_000}, {0, 0}, {LARGE - 3, LARGE - 1}, {7, 9}};
    for (int[] part : parts) {
      String head =
          "\r\n--%s\r\nContent-Type: application/x-iso9660-image\r\nContent-Range: bytes %d-%d/%d\r\n\r\n";
      expected.writeBytes(
          head.formatted(boundary, part[0], part[1], LARGE).getBytes(StandardCharsets.US_ASCII));
      expected.writeBytes(Arrays.copyOfRange(bytes, part[0], part[1] + 1));
    }
    expected.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    assertArrayEquals(expected.toByteArray(), answer.body());
    assertEquals(200, client.get("/healthz").status(), "the connection goes on");
  }

  @Test
  void manyOverlappingPartsAreRefusedAndOddOnesAreIgnored() throws IOException {
    byte[] bytes = server.write("images/disk.raw", 1000);
    String hundred = "Range: bytes=" + "0-,".repeat(100);
    assertEquals(416, client.get("/images/disk.raw", hundred).status());
    for (String ignored :
        List.of("bytes=5-1", "bytes=a-b", "bytes=", "bytes=-", "items=0-1", "0-1", "bytes=1--2")) {
      RawClient.Response answer = client.get("/images/disk.raw", "Range: " + ignored);
      assertEquals(200, answer.status(), ignored);
      assertArrayEquals(bytes, answer.body());
    }
  }

  @Test
  void aRangeWithoutAnyByteOfTheFileIs416WithItsSize() throws IOException {
    server.write("images/disk.raw", 1000);
    server.write("images/empty.raw", 0);
    for (String outside : List.of("1000-", "1000-2000", "-0", "99999999999999999999-")) {
      RawClient.Response answer = client.get("/images/disk.raw", "Range: bytes=" + outside);
      assertEquals(416, answer.status(), outside);
      assertEquals("bytes */1000", answer.field("Content-Range"));
    }
    RawClient.Response empty = client.get("/images/empty.raw", "Range: bytes=0-");
    assertEquals(416, empty.status());
    assertEquals("bytes */0", empty.field("Content-Range"));
  }

  @Test
  void conditionsWorkWithTheServersOwnValidators() throws IOException {
    byte[] bytes = server.write("images/disk.raw", 1000);
    RawClient.Response first = client.get("/images/disk.raw");
    String tag = first.field("ETag");
    String date = first.field("Last-Modified");
    String old = "Sat, 01 Jan 2000 00:00:00 GMT";
    Map<String, Integer> expected =
        Map.ofEntries(
            Map.entry("If-None-Match: " + tag, 304),
            Map.entry("If-None-Match: W/" + tag, 304),
            Map.entry("If-None-Match: \"a\", " + tag, 304),
            Map.entry("If-None-Match: *", 304),
            Map.entry("If-None-Match: \"a\"", 200),
            Map.entry("If-Modified-Since: " + date, 304),
            Map.entry("If-Modified-Since: " + old, 200),
            Map.entry("If-Modified-Since: yesterday", 200),
            Map.entry("If-Match: " + tag, 200),
            Map.entry("If-Match: *", 200),
            Map.entry("If-Match: W/" + tag, 412),
            Map.entry("If-Match: \"a\"", 412),
            Map.entry("If-Unmodified-Since: " + date, 200),
            Map.entry("If-Unmodified-Since: " + old, 412),
            // RFC 9110 13.2.2: tags win over dates, and If-Match comes first.
            Map.entry("If-None-Match: \"a\"\r\nIf-Modified-Since: " + date, 200),
            Map.entry("If-Match: " + tag + "\r\nIf-Unmodified-Since: " + old, 200),
            Map.entry("If-Match: \"a\"\r\nIf-None-Match: " + tag, 412),
            Map.entry("If-None-Match: " + tag + "\r\nRange: bytes=0-1", 304),
            Map.entry("If-Match: \"a\"\r\nRange: bytes=5000-", 412));
    for (Map.Entry<String, Integer> entry : expected.entrySet()) {
      RawClient.Response answer = client.get("/images/disk.raw", entry.getKey());
      assertEquals(entry.getValue(), answer.status(), entry.getKey());
      assertEquals(tag, answer.field("ETag"));
      if (answer.status() == 200) {
        assertArrayEquals(bytes, answer.body());
      }
      assertEquals(
          entry.getValue(),
          client.head("/images/disk.raw", entry.getKey()).status(),
          "HEAD " + entry.getKey());
    }
  }

  @Test
  void aResumedDownloadContinuesTheSameFileAndBeginsAnotherAnew() throws Exception {
    byte[] bytes = server.write("images/disk.raw", LARGE);
    String tag = client.get("/images/disk.raw").field("ETag");
    String[] resume = {"Range: bytes=1000000-", "If-Range: " + tag};
    RawClient.Response part = client.get("/images/disk.raw", resume);
    assertEquals(206, part.status());
    assertArrayEquals(Arrays.copyOfRange(bytes, 1_000_000, LARGE), part.body());

    byte[] other = server.write("images/.new", LARGE - 1);
    Files.move(
        root.resolve("images/.new"),
        root.resolve("images/disk.raw"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    RawClient.Response anew = client.get("/images/disk.raw", resume);
    assertEquals(200, anew.status());
    assertArrayEquals(other, anew.body());
    assertNotEquals(tag, anew.field("ETag"));
  }

  @Test
  void aResumeByDateWorksOnceTheDateIsStrong() throws Exception {
    byte[] bytes = server.write("images/disk.raw", 1000);
    Files.setLastModifiedTime(
        root.resolve("images/disk.raw"),
        java.nio.file.attribute.FileTime.fromMillis(1_500_000_000_000L));
    String date = client.get("/images/disk.raw").field("Last-Modified");
    RawClient.Response part =
        client.get("/images/disk.raw", "Range: bytes=900-", "If-Range: " + date);
    assertEquals(206, part.status());
    assertArrayEquals(Arrays.copyOfRange(bytes, 900, 1000), part.body());
    assertEquals(
        200,
        client
            .get("/images/disk.raw", "Range: bytes=900-", "If-Range: Sat, 01 Jan 2000 00:00:00 GMT")
            .status());
  }

  @Test
  void manySmallRangesOnOneConnectionAddUpToTheFile() throws Exception {
    byte[] bytes = server.write("images/cd.iso", 400_000);
    ByteArrayOutputStream put = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += 2048) {
      int last = Math.min(at + 2047, bytes.length - 1);
      put.writeBytes(client.get("/images/cd.iso", "Range: bytes=" + at + "-" + last).body());
    }
    assertArrayEquals(bytes, put.toByteArray());
    Await.until("nobody has it open", () -> server.image().openFiles() == 0);
  }
}
