package io.sluice.server.derive;

import static io.sluice.server.derive.ConversionScene.BUDGET;
import static io.sluice.server.derive.ConversionScene.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.ConversionScene.Step;
import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionsTest {
  @TempDir private Path folder;
  private ConversionScene scene;

  @BeforeEach
  void open() throws IOException {
    scene = new ConversionScene(folder);
  }

  @AfterEach
  void close() throws Exception {
    scene.close();
  }

  @Test
  void thirtyTwoFirstRequestsMakeOneProduction() throws Exception {
    CyclicBarrier together = new CyclicBarrier(32);
    ExecutorService clients = Executors.newFixedThreadPool(32);
    try {
      List<Future<byte[]>> bodies = new ArrayList<>();
      for (int client = 0; client < 32; client++) {
        bodies.add(
            clients.submit(
                () -> {
                  together.await(10, TimeUnit.SECONDS);
                  return scene.readAll(scene.obtain(scene.copying(() -> {})));
                }));
      }
      for (Future<byte[]> body : bodies) {
        assertArrayEquals(scene.disk, body.get(20, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    assertEquals(1, scene.made.get());
    assertInstanceOf(Derived.Finished.class, scene.obtain(scene.copying(() -> {})));
    assertEquals(1, scene.durations());
    assertEquals(scene.disk.length, scene.cache.bytes());
  }

  @Test
  void theFirstReaderIsServedWhileItIsMade() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (GrowingCopy copy = scene.begin(scene.copying(() -> await(goOn)))) {
      long some = copy.beyond(0).toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertEquals(100_000, some);
      try (FileChannel file = copy.open()) {
        assertArrayEquals(
            java.util.Arrays.copyOf(scene.disk, (int) some),
            Channels.newInputStream(file).readNBytes((int) some));
      }
      ConversionLedger.Running running = scene.ledger.running().get(0);
      assertEquals("disk", running.name());
      assertEquals(scene.disk.length, running.total());
      assertTrue(scene.cache.find(scene.key()).isEmpty());
      goOn.countDown();
      assertArrayEquals(scene.disk, read(copy));
    }
  }

  @Test
  void howFarItIsIsShown() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch firstIsDone = new CountDownLatch(1);
    AtomicInteger steps = new AtomicInteger();
    Step second =
        () -> {
          if (steps.incrementAndGet() == 2) {
            firstIsDone.countDown();
            await(goOn);
          }
        };
    try (GrowingCopy copy = scene.begin(scene.copying(second))) {
      await(firstIsDone);
      assertEquals(1, scene.gauge("sluice_conversions_in_progress"));
      assertEquals(scene.disk.length, scene.gauge("sluice_conversions_source_bytes"));
      assertEquals(100_000, scene.gauge("sluice_conversions_done_bytes"));
      goOn.countDown();
      assertArrayEquals(scene.disk, read(copy));
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IOException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void aReaderWhoLeavesDoesNotStopWhatAnotherWaitsFor() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    GrowingCopy first = scene.begin(scene.copying(() -> await(goOn)));
    GrowingCopy second = scene.begin(scene.copying(() -> {}));
    first.close();
    first.close();
    goOn.countDown();
    assertArrayEquals(scene.disk, read(second));
    second.close();
    assertEquals(1, scene.made.get());
  }

  @Test
  void whatNobodyWaitsForIsStoppedAndTheNextBeginsAnew() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    GrowingCopy copy = scene.begin(scene.copying(() -> await(goOn)));
    copy.beyond(0).toCompletableFuture().get(10, TimeUnit.SECONDS);
    copy.close();
    GrowingCopy next = scene.begin(scene.copying(() -> {}));
    goOn.countDown();
    assertThrows(
        ExecutionException.class,
        () -> copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS));
    assertArrayEquals(scene.disk, read(next));
    next.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    next.close();
    assertEquals(2, scene.made.get());
    assertEquals(0, scene.failures());
    assertEquals(1, scene.durations());
  }

  @Test
  void aReaderKeepsWhatItReadsFromBeingEvicted() throws Exception {
    GrowingCopy copy = scene.begin(scene.copying(() -> {}));
    copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    try (Draft draft = scene.cache.draft(new CacheKey("0".repeat(64), DerivedFormat.BMAP))) {
      assertThrows(NoRoomException.class, () -> draft.reserve(BUDGET - 1_000_000));
      assertArrayEquals(scene.disk, read(copy));
      copy.close();
      draft.reserve(BUDGET - 1_000_000);
    }
    assertTrue(scene.cache.find(scene.key()).isEmpty());
  }
}
