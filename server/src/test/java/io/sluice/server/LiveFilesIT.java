package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that change while they are being sent, and afterwards. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class LiveFilesIT {
  /** More than sockets and clients hold together, so that a transfer is under way for sure. */
  private static final int LARGE = 24_000_000;

  private static final int SMALL_BUFFER = 8192;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private Path file;
  private byte[] old;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    old = server.write("images/disk.raw", LARGE);
    file = root.resolve("images/disk.raw");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  /** A download of which only the head and a little more has been read. */
  private RawClient begin(RawClient client) throws IOException {
    client.send(RawClient.request("GET", "/images/disk.raw"));
    RawClient.Response head = client.readHead();
    assertEquals(200, head.status());
    assertEquals(Integer.toString(LARGE), head.field("Content-Length"));
    assertArrayEquals(Arrays.copyOf(old, 1000), client.exactly(1000));
    return client;
  }

  private void assertOldBytesToTheEnd(RawClient client) throws IOException {
    assertArrayEquals(Arrays.copyOfRange(old, 1000, LARGE), client.exactly(LARGE - 1000));
  }

  @Test
  void aFileReplacedByRenameIsSentToItsEndAndTheNextRequestGetsTheNewOne() throws Exception {
    try (RawClient client = RawClient.connect(server.address(), SMALL_BUFFER)) {
      String oldTag = client.head("/images/disk.raw").field("ETag");
      begin(client);
      byte[] fresh = server.write("images/.fresh", LARGE + 1);
      Files.move(root.resolve("images/.fresh"), file, StandardCopyOption.REPLACE_EXISTING);
      try (RawClient next = server.client()) {
        RawClient.Response answer = next.get("/images/disk.raw");
        assertNotEquals(oldTag, answer.field("ETag"));
        assertArrayEquals(fresh, answer.body());
      }
      assertOldBytesToTheEnd(client);
      assertEquals(LARGE + 1, client.get("/images/disk.raw").body().length);
    }
  }

  @Test
  void aFileDeletedDuringATransferIsSentToItsEnd() throws Exception {
    try (RawClient client = RawClient.connect(server.address(), SMALL_BUFFER)) {
      begin(client);
      Files.delete(file);
      try (RawClient next = server.client()) {
        assertEquals(404, next.get("/images/disk.raw").status());
      }
      assertOldBytesToTheEnd(client);
      assertEquals(404, client.get("/images/disk.raw").status());
    }
  }

  @Test
  void aFileThatGrowsDuringATransferIsSentAsLongAsItWas() throws Exception {
    try (RawClient client = RawClient.connect(server.address(), SMALL_BUFFER)) {
      begin(client);
      Files.write(file, new byte[1_000_000], StandardOpenOption.APPEND);
      assertOldBytesToTheEnd(client);
      assertEquals(LARGE + 1_000_000, client.get("/images/disk.raw").body().length);
    }
  }

  @Test
  void aFileTruncatedDuringATransferEndsTheConnectionShortAndIsCounted() throws Exception {
    for (int left : new int[] {0, 12_345_678}) {
      server.write("images/disk.raw", old);
      try (RawClient client = RawClient.connect(server.address(), SMALL_BUFFER)) {
        begin(client);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(left);
        }
        byte[] buffer = new byte[100_000];
        int got = 1000;
        try {
          for (int n = client.some(buffer); n >= 0; n = client.some(buffer)) {
            assertArrayEquals(
                Arrays.copyOfRange(old, got, got + n), Arrays.copyOf(buffer, n), "no filler");
            got += n;
          }
        } catch (java.net.SocketException reset) {
          // The end of a connection that was cut off.
        }
        assertTrue(got < LARGE, "a complete answer: " + got);
      }
    }
    server.awaitMetric(
        2, "http_requests_aborted_total", "endpoint", "image", "reason", "server_error");
    assertEquals(2, server.scrape().sum("http_requests_aborted_total"));
    assertEquals(0, server.scrape().sum("http_requests_total", "endpoint", "image"));
  }

  @Test
  void bytesChangedInPlaceUnderTheSameSizeAndTimeGetANewTag() throws Exception {
    try (RawClient client = server.client()) {
      server.write("images/small.raw", 1000);
      Path small = root.resolve("images/small.raw");
      FileTime time = Files.getLastModifiedTime(small);
      String tag = client.get("/images/small.raw").field("ETag");
      for (int i = 0; i < 10; i++) {
        byte[] bytes = new byte[1000];
        bytes[0] = (byte) i;
        Files.write(small, bytes);
        Files.setLastModifiedTime(small, time);
        RawClient.Response answer = client.get("/images/small.raw", "If-None-Match: " + tag);
        assertEquals(200, answer.status());
        assertArrayEquals(bytes, answer.body());
        assertNotEquals(tag, answer.field("ETag"));
        tag = answer.field("ETag");
        assertEquals(304, client.get("/images/small.raw", "If-None-Match: " + tag).status());
      }
    }
  }

  @Test
  void aFileIsOpenOnceHoweverManyReadIt() throws Exception {
    List<RawClient> readers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      readers.add(begin(RawClient.connect(server.address(), SMALL_BUFFER)));
    }
    assertEquals(1, server.image().openFiles());
    for (RawClient reader : readers) {
      reader.close();
    }
    Await.until("nobody has it open", () -> server.image().openFiles() == 0);
  }

  @Test
  void aFileThatAppearsIsServedAtOnceAndOneThatVanishesIsNot() throws Exception {
    try (RawClient client = server.client()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(404, client.get("/ipxe/menu.ipxe").status());
        server.write("ipxe/menu.ipxe", 10 + i);
        assertEquals(10 + i, client.get("/ipxe/menu.ipxe").body().length);
        Files.delete(root.resolve("ipxe/menu.ipxe"));
      }
    }
  }
}
