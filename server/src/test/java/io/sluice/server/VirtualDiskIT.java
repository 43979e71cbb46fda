package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.schedule.Transport;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The disks that QCOW2 images hold, over sockets. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class VirtualDiskIT {
  private static final int CLUSTER = 1 << 16;
  private static final int CLUSTERS = 200;
  private static final int SIZE = CLUSTERS * CLUSTER - 777;
  private static final String DISK = "/images/disk.raw";

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;
  private final byte[] disk = new byte[SIZE];

  /** A server with an image whose clusters are stored, compressed, zeros and holes by turns. */
  private void start(String... settings) throws IOException {
    server = RunningServer.start(root.toRealPath(), transport, settings);
    Random random = new Random(1);
    Qcow2Writer writer = new Qcow2Writer(3, 16, SIZE);
    for (int i = 0; i < CLUSTERS; i++) {
      byte[] bytes = new byte[CLUSTER];
      random.nextBytes(bytes);
      int kind = i % 7;
      if (kind < 5) {
        System.arraycopy(bytes, 0, disk, i * CLUSTER, Math.min(CLUSTER, SIZE - i * CLUSTER));
      }
      switch (kind) {
        case 0, 1 -> writer.stored(i, bytes);
        case 2, 3, 4 -> writer.compressed(i, bytes, i);
        case 5 -> writer.zero(i, false);
        default -> {
          // a hole
        }
      }
    }
    server.write("images/disk.qcow2", writer.image());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void manyClientsGetTheWholeDiskAtOnceAndItIsInflatedOnce() throws Exception {
    start();
    ExecutorService clients = Executors.newFixedThreadPool(6);
    try {
      List<Future<byte[]>> bodies = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        bodies.add(
            clients.submit(
                () -> {
                  try (RawClient client = server.client()) {
                    RawClient.Response answer = client.get(DISK);
                    assertEquals(200, answer.status());
                    assertEquals(String.valueOf(SIZE), answer.field("Content-Length"));
                    return answer.body();
                  }
                }));
      }
      for (Future<byte[]> body : bodies) {
        assertArrayEquals(disk, body.get(30, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    assertTrue(server.scrape().sum("sluice_cache_bytes") < SIZE + 10_000);
  }

  @Test
  void rangesAreThoseOfTheDisk() throws Exception {
    start();
    Random random = new Random(2);
    try (RawClient client = server.client()) {
      for (int i = 0; i < 50; i++) {
        int from = random.nextInt(SIZE);
        int to = from + random.nextInt(Math.min(SIZE - from, 400_000));
        RawClient.Response part = client.get(DISK, "Range: bytes=" + from + "-" + to);
        assertEquals(206, part.status());
        assertArrayEquals(Arrays.copyOfRange(disk, from, to + 1), part.body());
      }
      // Far apart, so that what is looked up behind one is of no use to the next.
      RawClient.Response several = client.get(DISK, "Range: bytes=0-0,5000000-5000000,-1");
      assertEquals(206, several.status());
      assertTrue(several.field("Content-Type").startsWith("multipart/byteranges"));
    }
  }

  @Test
  void anImageThatIsCutShortWhileItIsSentIsNeverACompleteAnswer() throws Exception {
    start();
    Path image = root.resolve("images/disk.qcow2");
    try (RawClient client = RawClient.connect(server.address(), 8192)) {
      RawClient.Response head = client.send(RawClient.request("GET", DISK)).readHead();
      assertEquals(200, head.status());
      client.exactly(1000);
      try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
        channel.truncate(channel.size() / 4);
      }
      byte[] buffer = new byte[100_000];
      int got = 1000;
      try {
        for (int n = client.some(buffer); n >= 0; n = client.some(buffer)) {
          assertArrayEquals(Arrays.copyOfRange(disk, got, got + n), Arrays.copyOf(buffer, n));
          got += n;
        }
      } catch (java.net.SocketException reset) {
        // The end of a connection that was cut off.
      }
      assertTrue(got < SIZE, "a complete answer: " + got);
    }
    server.awaitMetric(
        1, "http_requests_aborted_total", "endpoint", "image", "reason", "server_error");
    try (RawClient client = server.client()) {
      long got = client.send(RawClient.request("GET", DISK)).countToTheEnd();
      assertTrue(got < SIZE, "a complete answer: " + got);
    }
  }

  @Test
  void aCacheThatIsEmptiedWhileItIsUsedIsNoReasonToServeLess() throws Exception {
    start();
    try (RawClient client = server.client()) {
      assertArrayEquals(disk, client.get(DISK).body());
      delete(root.resolve("cache"));
      assertArrayEquals(disk, client.get(DISK).body());
      delete(root.resolve("cache"));
      assertEquals(200, client.get(DISK + ".zst").status());
      assertEquals(200, client.get(DISK + ".bmap").status());
      delete(root.resolve("cache"));
      assertEquals(200, client.get(DISK + ".zst").status());
    }
  }

  /** Deletes what a folder holds while others write to it, as an operator does who wants room. */
  private static void delete(Path folder) {
    File[] found = folder.toFile().listFiles();
    for (File each : found == null ? new File[0] : found) {
      delete(each.toPath());
      each.delete();
    }
  }

  @Test
  void aCacheWithoutRoomIsNoReasonToServeLess() throws Exception {
    start("cache-size=300000");
    try (RawClient client = server.client()) {
      assertArrayEquals(disk, client.get(DISK).body());
      assertArrayEquals(disk, client.get(DISK).body());
    }
    assertTrue(server.scrape().sum("sluice_cache_bytes") <= 300_000);
  }
}
