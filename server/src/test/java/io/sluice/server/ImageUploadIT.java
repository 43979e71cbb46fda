package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Images that come by the API. */
@ExtendWith(NothingLeaks.class)
class ImageUploadIT {
  private static final String IMAGE = "/api/v1/images/disk.raw";

  @TempDir Path root;
  private RunningServer server;
  private ApiClient api;
  private byte[] bytes;
  private byte[] digest;

  @BeforeEach
  void start() throws Exception {
    server = RunningServer.start(root, Transport.best());
    api = new ApiClient(server.address());
    bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    digest = MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private static String field(byte[] sha256) {
    return "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":";
  }

  private byte[] served() throws IOException {
    try (RawClient client = server.client()) {
      RawClient.Response answer = client.get("/images/disk.raw");
      return answer.status() == 200 ? answer.body() : new byte[0];
    }
  }

  @Test
  void anImageIsServedWhenAllOfItHasCome() throws Exception {
    ApiClient.Answer made = api.send("PUT", IMAGE, bytes, "Repr-Digest", field(digest));
    assertEquals(201, made.status(), made.text());
    assertEquals(HexFormat.of().formatHex(digest), made.json().get("sha256").asText());
    assertArrayEquals(bytes, served());
    assertEquals(
        HexFormat.of().formatHex(digest) + "  disk.raw\n",
        api.get("/images/disk.raw.sha256").text());
    assertEquals(1, api.get("/api/v1/images").json().get("images").size());
    assertEquals(200, api.send("PUT", IMAGE, new byte[] {1, 2, 3}).status());
    assertArrayEquals(new byte[] {1, 2, 3}, served());
    assertEquals(204, api.send("DELETE", IMAGE, "").status());
    assertEquals(404, api.get(IMAGE).status());
    assertFalse(Files.exists(root.resolve("images/disk.raw.sha256")));
  }

  @Test
  void anUploadThatBreaksOffIsGoneOnWith() throws Exception {
    int half = 1_500_000;
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", IMAGE, "Content-Length: " + bytes.length));
      client.send(Arrays.copyOf(bytes, half));
      Await.until("half has come", () -> Files.exists(part()) && Files.size(part()) == half);
      assertArrayEquals(new byte[0], served(), "not before it is whole");
      assertEquals(409, api.send("PUT", IMAGE, new byte[] {1}).status(), "one at a time");
      client.reset();
    }
    Await.until(
        "the next may come",
        () -> api.send("DELETE", "/api/v1/images/other.raw/upload", "").status() == 204);
    assertEquals(half, api.get(IMAGE + "/upload").json().get("received").asInt());
    Await.until(
        "the rest is taken",
        () -> {
          ApiClient.Answer answer =
              api.send(
                  "PUT",
                  IMAGE,
                  Arrays.copyOfRange(bytes, half, bytes.length),
                  "Content-Range",
                  "bytes " + half + "-" + (bytes.length - 1) + "/" + bytes.length,
                  "Repr-Digest",
                  field(digest));
          return answer.status() == 201;
        });
    assertArrayEquals(bytes, served());
    assertEquals(0, api.get(IMAGE + "/upload").json().get("received").asInt());
  }

  private Path part() {
    return root.resolve("images/.disk.raw.upload");
  }

  @Test
  void partsAreTakenInTheirOrder() throws Exception {
    String first = "bytes 0-9/" + bytes.length;
    assertEquals(
        202, api.send("PUT", IMAGE, Arrays.copyOf(bytes, 10), "Content-Range", first).status());
    ApiClient.Answer gap =
        api.send("PUT", IMAGE, new byte[] {1}, "Content-Range", "bytes 20-20/" + bytes.length);
    assertEquals(409, gap.status());
    assertTrue(gap.text().contains("begins at 10 or before"), gap.text());
    for (String bad : new String[] {"bytes 0-3/10", "bytes 5-2/10", "bytes 0-0/*", "lines 0-0/1"}) {
      assertEquals(400, api.send("PUT", IMAGE, new byte[] {1}, "Content-Range", bad).status());
    }
    assertEquals(10, Files.size(part()));
  }

  @Test
  void anImageThatIsNotWhatItShouldBeIsNotKept() throws Exception {
    ApiClient.Answer answer =
        api.send("PUT", IMAGE, Arrays.copyOf(bytes, 1000), "Repr-Digest", field(digest));
    assertEquals(422, answer.status());
    assertEquals("Repr-Digest", answer.json().get("field").asText());
    assertArrayEquals(new byte[0], served());
    assertFalse(Files.exists(part()));
    assertEquals(400, api.send("PUT", IMAGE, bytes, "Repr-Digest", "md5=:x:").status());
    assertEquals(422, api.send("PUT", "/api/v1/images/.x", new byte[] {1}).status());
    assertEquals(400, api.send("PUT", IMAGE, "").status());
  }

  @Test
  void aBodyIsAskedForAndBoundedAndRefusedUnread() throws Exception {
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", IMAGE, "Content-Length: 4", "Expect: 100-continue"));
      assertEquals(100, client.readHead100().status());
      assertEquals(201, client.send("abcd").read().status());
      client.send(RawClient.request("PUT", "/api/v1/machines/a", "Content-Length: 9000000"));
      assertEquals(413, client.read().status());
    }
    try (RawClient client = server.client()) {
      client.send(
          RawClient.request(
              "PUT", "/api/v1/machines/a", "Content-Length: 9", "Content-Type: text/plain"));
      assertEquals(415, client.read().status());
    }
    try (RawClient client = server.client()) {
      client.send(RawClient.request("PUT", "/api/v1/machines/a", "Transfer-Encoding: chunked"));
      client.send("5\r\n{\"mac\r\n4\r\ns\":[\r\n2\r\n]}\r\n0\r\n\r\n");
      RawClient.Response made = client.read();
      assertEquals(201, made.status(), made.text());
    }
  }

  @Test
  void eventsComeAsTheyHappen() throws Exception {
    try (RawClient client = server.client()) {
      client.send(RawClient.request("GET", "/api/v1/events"));
      RawClient.Response head = client.readHead();
      assertEquals("text/event-stream", head.field("Content-Type"));
      assertEquals("chunked", head.field("Transfer-Encoding"));
      api.send("PUT", "/api/v1/machines/a", "{}");
      api.send("POST", "/api/v1/machines/a/install", "{}");
      StringBuilder seen = new StringBuilder();
      byte[] buffer = new byte[4096];
      while (!seen.toString().contains("\"wanted\"")) {
        int count = client.some(buffer);
        seen.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
      }
      assertTrue(
          Pattern.compile("event: machine\nid: [0-9a-f]+-1\ndata: \\{\"id\":\"a\"")
              .matcher(seen)
              .find(),
          "" + seen);
      assertFalse(seen.toString().contains("token"), "secrets are not told");
    }
  }
}
