package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Limited transfers arrive whole, no sooner than the limit allows, and in fair shares. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class EgressLimitIT {
  private static final int MB = 1_000_000;

  @TempDir Path root;
  @Parameter Transport transport;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private RunningServer server;

  private void start(String... settings) throws IOException {
    server = RunningServer.start(root, transport, settings);
  }

  @AfterEach
  void stop() throws Exception {
    threads.shutdownNow();
    server.close();
  }

  private RawClient from(String address) throws IOException {
    return RawClient.connect(server.address(), 0, address);
  }

  /**
   * Downloads at the same time, each from an address of its own; the nanoseconds all of it took.
   */
  private long download(String name, byte[] bytes, int clients) throws Exception {
    long begun = System.nanoTime();
    List<Future<byte[]>> bodies = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      String address = "127.0.0." + (2 + i);
      bodies.add(
          threads.submit(
              () -> {
                try (RawClient client = from(address)) {
                  return client.get(name).body();
                }
              }));
    }
    for (Future<byte[]> body : bodies) {
      assertArrayEquals(bytes, body.get(60, TimeUnit.SECONDS));
    }
    return System.nanoTime() - begun;
  }

  private static void assertNoFaster(double bytes, double rate, long nanos) {
    double least = bytes / rate * 0.8;
    assertTrue(nanos / 1e9 >= least, "took " + nanos / 1e9 + " s (expected: at least " + least);
  }

  @Test
  void allTogetherKeepToTheLimit() throws Exception {
    start("egress-limit=8M", "bulk-loops=2");
    byte[] bytes = server.write("images/disk.raw", 2 * MB + 17);
    assertEquals(8 * MB, server.scrape().sum("sluice_limit", "limit", "egress"));
    assertNoFaster(8 * MB, 8 * MB, download("/images/disk.raw", bytes, 4));
  }

  @Test
  void eachKeepsToTheLimitOfAStream() throws Exception {
    start("stream-limit=3M");
    byte[] bytes = server.write("boot/x86_64/initrd", 3 * MB + 17);
    assertEquals(3 * MB, server.scrape().sum("sluice_limit", "limit", "stream"));
    assertNoFaster(3 * MB, 3 * MB, download("/boot/x86_64/initrd", bytes, 3));
  }

  @Test
  void bothLimitsTogetherHold() throws Exception {
    start("stream-limit=4M", "egress-limit=6M", "max-streams=2");
    byte[] bytes = server.write("images/disk.raw", 2 * MB);
    assertNoFaster(6 * MB, 6 * MB, download("/images/disk.raw", bytes, 3));
  }

  @Test
  void whatComesAfterALimitedTransferOnItsConnectionIsNotLimited() throws Exception {
    start("stream-limit=1M");
    byte[] bytes = server.write("images/disk.raw", MB / 2);
    byte[] small = server.write("images/small.raw", 200_000);
    try (RawClient client = server.client()) {
      assertArrayEquals(bytes, client.get("/images/disk.raw").body());
      assertArrayEquals(small, client.get("/images/small.raw").body());
      assertArrayEquals(bytes, client.get("/images/disk.raw").body());
    }
  }

  @Test
  void whoWaitsForALimitIsNotAStalledClient() throws Exception {
    start("stream-limit=2K", "stall-timeout=1");
    server.write("images/disk.raw", MB);
    try (RawClient client = RawClient.connect(server.address(), 8192)) {
      client.send(RawClient.request("GET", "/images/disk.raw"));
      client.readHead();
      long begun = System.nanoTime();
      client.exactly(3 * 4096);
      assertNoFaster(2 * 4096, 2000, System.nanoTime() - begun);
      assertEquals(0, server.scrape().sum("sluice_connection_timeouts_total"));
    }
  }

  /** Reads for ever and counts. */
  private void count(RawClient client, AtomicLong counter) {
    threads.execute(
        () -> {
          byte[] buffer = new byte[64 * 1024];
          try {
            for (int n = client.some(buffer); n >= 0; n = client.some(buffer)) {
              counter.addAndGet(n);
            }
          } catch (IOException closed) {
            // the test is over
          }
        });
  }

  private void assertFair(String one, String oneFrom, String many, String manyFrom)
      throws Exception {
    start("egress-limit=20M", "bulk-loops=2", "control-loops=1");
    server.write("images/disk.raw", 40 * MB);
    List<RawClient> clients = new ArrayList<>();
    AtomicLong ofOne = new AtomicLong();
    AtomicLong ofMany = new AtomicLong();
    try {
      for (int i = 0; i < 17; i++) {
        RawClient client = from(i == 8 ? oneFrom : manyFrom);
        clients.add(client);
        client.send(RawClient.request("GET", "/images/disk.raw" + (i == 8 ? one : many)));
        count(client, i == 8 ? ofOne : ofMany);
      }
      Await.until("both get something", () -> ofOne.get() > 2 * MB && ofMany.get() > 2 * MB);
      long oneBefore = ofOne.get();
      long manyBefore = ofMany.get();
      Await.until("one has got 15 MB more", () -> ofOne.get() > oneBefore + 15 * MB);
      double share = (double) (ofOne.get() - oneBefore) / (ofMany.get() - manyBefore);
      assertTrue(share > 0.85 && share < 1.18, "one to many: " + share);
    } finally {
      for (RawClient client : clients) {
        client.reset();
      }
    }
  }

  @Test
  void anAddressWithSixteenConnectionsGetsNoMoreThanOneWithASingleConnection() throws Exception {
    assertFair("", "127.0.0.2", "", "127.0.0.3");
  }

  @Test
  void machinesBehindOneAddressThatNameThemselvesHaveFairSharesToo() throws Exception {
    assertFair("?mac=525400000001", "127.0.0.1", "?mac=525400000002", "127.0.0.1");
  }
}
