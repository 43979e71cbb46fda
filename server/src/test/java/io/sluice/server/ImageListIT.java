package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the API knows of images, those included that are made from others. */
@ExtendWith(NothingLeaks.class)
class ImageListIT {
  private static final long SIZE = 5 * 1024 * 1024 + 512;
  private static final String IMAGES = "/api/v1/images";

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

  private JsonNode image(String name) throws IOException {
    ApiClient.Answer answer = api.get(IMAGES + "/" + name);
    assertEquals(200, answer.status(), answer.text());
    return answer.json();
  }

  private String digest(String name) throws IOException {
    return api.get("/images/" + name + ".sha256").text().substring(0, 64);
  }

  @Test
  void aDiskInAQcow2ImageIsAnImage() throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
    server.write("images/disk.qcow2", writer.image());
    JsonNode file = image("disk.qcow2");
    assertEquals("qcow2", file.get("format").asText());
    assertEquals(Files.size(root.resolve("images/disk.qcow2")), file.get("size").asLong());
    assertEquals(SIZE, file.get("virtual_size").asLong());
    assertEquals("disk.raw", file.at("/derived/0/name").asText());
    assertEquals(SIZE, file.at("/derived/0/size").asLong());
    assertFalse(file.at("/derived/1").has("size"), "nobody has asked for it yet");
    String sha256 = digest("disk.raw");
    int copy = api.get("/images/disk.raw.gz").response().body().length;
    JsonNode disk = image("disk.raw");
    assertEquals("disk.qcow2", disk.get("made_from").asText());
    assertEquals(sha256, disk.get("sha256").asText());
    Await.until("the copy is kept", () -> image("disk.raw.gz").path("size").asInt() == copy);
    assertEquals(404, api.send("DELETE", IMAGES + "/disk.raw", "").status());
    assertEquals(404, api.get(IMAGES + "/other.raw").status());

    api.send("PUT", "/api/v1/machines/n1", "{\"macs\":[\"525400000001\"]}");
    api.send("POST", "/api/v1/machines/n1/install", "{\"image\":\"disk.raw\"}");
    String script = api.eventually("/boot/525400000001").text();
    assertTrue(script.contains("sluice.sha256=" + sha256), script);
  }

  @Test
  void aFileWinsOverWhatCouldBeMade() throws Exception {
    server.write("images/disk.img", 70_000);
    assertEquals("disk.img", image("disk.raw").get("made_from").asText());
    server.write("images/disk.raw", 80_000);
    assertFalse(image("disk.raw").has("made_from"));
    assertEquals(80_000, image("disk.raw").get("size").asLong());
    assertFalse(image("disk.img").has("derived"), "another file is in its place");
    server.write("images/disk.raw.gz", 5);
    assertEquals(5, image("disk.raw.gz").get("size").asLong());
    JsonNode derived = image("disk.raw").get("derived");
    assertFalse(derived.toString().contains(".gz"), derived.toString());
  }

  @Test
  void anImageThatIsNotReadSaysWhyAndHidesNoOther() throws Exception {
    server.write("images/bad.qcow2", "nonsense".getBytes(StandardCharsets.UTF_8));
    server.write("images/good.raw", 1000);
    JsonNode images = api.get(IMAGES).json().get("images");
    assertEquals(2, images.size());
    assertTrue(images.get(0).get("problem").asText().contains("expected: a QCOW2 image"));
    assertEquals(1000, images.get(1).get("virtual_size").asLong());
  }
}
