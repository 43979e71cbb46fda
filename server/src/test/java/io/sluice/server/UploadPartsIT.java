package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whose parts an image is made of, whatever breaks off and whoever else uploads. */
@ExtendWith(NothingLeaks.class)
class UploadPartsIT {
  private static final String IMAGE = "/api/v1/images/disk.raw";
  private static final int SIZE = 4_000_000;

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private final byte[] one = bytes(1);
  private final byte[] two = bytes(2);

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @BeforeEach
  void start() throws Exception {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static String digest(byte[] bytes) throws Exception {
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(bytes);
    return "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":";
  }

  private static String range(int from, int to) {
    return "bytes " + from + "-" + (to - 1) + "/" + SIZE;
  }

  private ApiClient.Answer part(byte[] image, int from, int to, String... headers)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Content-Range", range(from, to)));
    return api.send("PUT", IMAGE, Arrays.copyOfRange(image, from, to), all.toArray(new String[0]));
  }

  /** Sends the beginning of a whole upload, and cuts it off. */
  private void cutOff(byte[] image, int after, String... headers) throws Exception {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Content-Length: " + SIZE);
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", IMAGE, all.toArray(new String[0])));
      client.send(Arrays.copyOf(image, after));
      Await.until("so much has come", () -> received() == after);
      client.reset();
    }
    Await.until("nobody sends", () -> !api.get(IMAGE + "/upload").json().get("active").asBoolean());
  }

  private long received() throws IOException {
    return api.get(IMAGE + "/upload").json().get("received").asLong();
  }

  private byte[] served() throws IOException {
    try (RawClient client = server.client()) {
      RawClient.Response answer = client.get("/images/disk.raw");
      return answer.status() == 200 ? answer.body() : new byte[0];
    }
  }

  @Test
  void anUploadThatBeginsAtZeroHasNothingOfTheOneBefore() throws Exception {
    cutOff(one, 3_000_000);
    cutOff(two, 1_000_000);
    assertEquals(1_000_000, received());
    String upload = api.get(IMAGE + "/upload").header("ETag");
    ApiClient.Answer rest = part(two, 1_000_000, SIZE, "If-Match", upload);
    assertEquals(201, rest.status(), rest.text());
    assertArrayEquals(two, served());
  }

  @Test
  void aPartGoesOnOnlyWithTheUploadItNames() throws Exception {
    ApiClient.Answer first = part(one, 0, 1000);
    assertEquals(202, first.status());
    String mine = first.header("ETag");
    ApiClient.Answer nameless = part(one, 1000, 2000);
    assertEquals(428, nameless.status());
    assertTrue(nameless.text().contains("If-Match"), nameless.text());
    assertEquals(202, part(one, 1000, 2000, "If-Match", mine).status());
    // Somebody else begins anew, in parts of the same lengths.
    String others = part(two, 0, 1000).header("ETag");
    assertEquals(202, part(two, 1000, 2000, "If-Match", others).status());
    assertEquals(412, part(one, 2000, SIZE, "If-Match", mine).status());
    assertEquals(201, part(two, 2000, SIZE, "If-Match", others).status());
    assertArrayEquals(two, served());
  }

  @Test
  void aPartIsOfTheDigestAndTheLengthItWasBegunWith() throws Exception {
    cutOff(one, 1_000_000, "Repr-Digest: " + digest(one));
    ApiClient.Answer other = part(two, 1_000_000, SIZE, "Repr-Digest", digest(two));
    assertEquals(409, other.status());
    assertEquals("Repr-Digest", other.json().get("field").asText());
    ApiClient.Answer longer =
        api.send(
            "PUT",
            IMAGE,
            new byte[10],
            "Repr-Digest",
            digest(one),
            "Content-Range",
            "bytes 1000000-1000009/5000000");
    assertEquals(409, longer.status());
    assertTrue(longer.text().contains("an image of 4000000 bytes"), longer.text());
    assertEquals(1_000_000, received());
    // What is sent twice takes the place of what was sent before.
    assertEquals(202, part(one, 500_000, 1_500_000, "Repr-Digest", digest(one)).status());
    assertEquals(1_500_000, received());
    assertEquals(201, part(one, 1_500_000, SIZE, "Repr-Digest", digest(one)).status());
    assertArrayEquals(one, served());
  }

  @Test
  void theWholeHasToHaveTheDigestThatWasGivenWithItsBeginning() throws Exception {
    String upload = part(one, 0, 1000, "Repr-Digest", digest(one)).header("ETag");
    ApiClient.Answer end = part(two, 1000, SIZE, "If-Match", upload);
    assertEquals(422, end.status());
    assertEquals(0, received());
    assertArrayEquals(new byte[0], served());
  }

  @Test
  void anUploadIsGoneOnWithByAnotherServerProcess() throws Exception {
    cutOff(one, 1_234_567, "Repr-Digest: " + digest(one));
    server.close();
    start();
    assertEquals(1_234_567, received());
    assertEquals(201, part(one, 1_234_567, SIZE, "Repr-Digest", digest(one)).status());
    assertArrayEquals(one, served());
  }

  @Test
  void whatNobodyGoesOnWithIsListedAndDeletedAfterADay() throws Exception {
    cutOff(one, 1000, "Repr-Digest: " + digest(one));
    api.send("PUT", "/api/v1/images/a.raw", new byte[5], "Content-Range", "bytes 0-4/9");
    var uploads = api.get("/api/v1/uploads").json().get("uploads");
    assertEquals("a.raw", uploads.get(0).get("name").asText());
    assertEquals("disk.raw", uploads.get(1).get("name").asText());
    assertEquals(SIZE, uploads.get(1).get("total").asInt());
    assertEquals(1, api.get("/api/v1/uploads?limit=1").json().get("uploads").size());
    assertEquals("a.raw", api.get("/api/v1/uploads?limit=1").json().get("next").asText());
    server.close();
    Path orphan = Files.write(root.resolve("images/.old.raw.upload"), new byte[3]);
    for (Path file : List.of(part("disk.raw"), note("disk.raw"), orphan)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    }
    start();
    Await.until("what is old is deleted", () -> received() == 0 && !Files.exists(orphan));
    assertFalse(Files.exists(part("disk.raw")));
    assertEquals(1, api.get("/api/v1/uploads").json().get("uploads").size());
  }

  private Path part(String name) {
    return root.resolve("images/." + name + ".upload");
  }

  private Path note(String name) {
    return root.resolve("images/." + name + ".upload.json");
  }

  @Test
  void whatIsNoImageIsRefusedBeforeTheBody() throws Exception {
    Files.createDirectories(root.resolve("images/folder.raw"));
    refused(409, "/api/v1/images/folder.raw", "is a folder");
    refused(422, "/api/v1/images/.hidden", "expected: a file name");
    refused(415, IMAGE, "Content-Encoding", "Content-Encoding: gzip");
    refused(
        415, IMAGE, "application/octet-stream", "Content-Type: multipart/form-data; boundary=x");
    refused(507, IMAGE, "there is room", "Content-Length: 900000000000000000");
    refused(412, IMAGE, "If-Match", "If-Match: \"x\"");
    refused(
        409,
        IMAGE,
        "begins at 0",
        "Content-Range: " + range(10, 20),
        "Repr-Digest: " + digest(one));
    assertEquals(0, api.get("/api/v1/uploads").json().get("uploads").size());
  }

  private void refused(int status, String target, String why, String... headers)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Expect: 100-continue");
    if (Arrays.stream(headers).noneMatch(each -> each.startsWith("Content-Length"))) {
      all.add("Content-Length: 10");
    }
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", target, all.toArray(new String[0])));
      RawClient.Response answer = client.read();
      assertEquals(status, answer.status(), answer.text());
      assertTrue(answer.text().contains(why), answer.text());
    }
  }

  @Test
  void aBodyIsWhatItsDigestAndItsRangeSay() throws Exception {
    ApiClient.Answer damaged = part(one, 0, 1000, "Content-Digest", digest(one));
    assertEquals(422, damaged.status());
    assertEquals("Content-Digest", damaged.json().get("field").asText());
    assertEquals(0, received());
    byte[] first = Arrays.copyOf(one, 1000);
    ApiClient.Answer begun = part(one, 0, 1000, "Content-Digest", digest(first));
    assertEquals(202, begun.status(), begun.text());
    String upload = begun.header("ETag");
    assertEquals(
        422, part(one, 1000, 2000, "If-Match", upload, "Content-Digest", digest(first)).status());
    assertEquals(1000, received());
    for (int length : new int[] {500, 1500}) {
      try (RawClient client = server.client()) {
        client.send(
            RawClient.request(
                "PUT",
                IMAGE,
                "Transfer-Encoding: chunked",
                "If-Match: " + upload,
                "Content-Range: " + range(1000, 2000)));
        client.send(Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n0\r\n\r\n");
        assertEquals(400, client.read().status(), length + " bytes");
      }
      Await.until(
          "the part is free", () -> !api.get(IMAGE + "/upload").json().get("active").asBoolean());
      assertEquals(1000, received());
    }
  }

  @Test
  void aChunkedUploadThatWasCutOffIsNoImage() throws Exception {
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", IMAGE, "Transfer-Encoding: chunked"));
      client.send("3e8\r\n").send(Arrays.copyOf(one, 1000)).send("\r\n");
      Await.until("so much has come", () -> received() == 1000);
    }
    Await.until("nobody sends", () -> !api.get(IMAGE + "/upload").json().get("active").asBoolean());
    assertArrayEquals(new byte[0], served());
    String upload = api.get(IMAGE + "/upload").header("ETag");
    assertEquals(201, part(one, 1000, SIZE, "If-Match", upload).status());
    assertArrayEquals(one, served());
  }

  @Test
  void onlyANewImageOrAKnownOneIsReplacedWhenAsked() throws Exception {
    assertEquals(201, api.send("PUT", IMAGE, new byte[9], "If-None-Match", "*").status());
    assertEquals(412, api.send("PUT", IMAGE, new byte[8], "If-None-Match", "*").status());
    String tag;
    try (RawClient client = server.client()) {
      tag = client.get("/images/disk.raw").field("ETag").replace("W/", "");
    }
    assertEquals(200, api.send("PUT", IMAGE, new byte[7], "If-Match", tag).status());
    assertEquals(412, api.send("PUT", IMAGE, new byte[6], "If-Match", tag).status());
    assertEquals(7, served().length);
  }

  @Test
  void whoIsCutOffAnywhereGoesOnThere() throws Exception {
    Random random = new Random(7);
    int at = 0;
    String upload = "";
    while (at < SIZE) {
      int next = Math.min(SIZE, at + 1 + random.nextInt(SIZE / 3));
      boolean cut = next < SIZE && random.nextBoolean();
      int rest = cut ? SIZE : next;
      try (RawClient client = server.client()) {
        client.send(
            RawClient.request(
                "PUT",
                IMAGE,
                "Content-Length: " + (rest - at),
                "Content-Range: " + range(at, rest),
                upload.isEmpty() ? "X: y" : "If-Match: " + upload));
        client.send(Arrays.copyOfRange(one, at, next));
        if (cut) {
          Await.until("it has come", () -> received() == next);
          client.reset();
        } else {
          assertEquals(next < SIZE ? 202 : 201, client.read().status());
        }
      }
      if (next < SIZE) {
        Await.until(
            "the part is free", () -> !api.get(IMAGE + "/upload").json().get("active").asBoolean());
        upload = api.get(IMAGE + "/upload").header("ETag");
      }
      at = next;
    }
    assertArrayEquals(one, served());
  }
}
