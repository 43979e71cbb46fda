package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.sluice.server.derive.Conversions.Derived;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionsTest {
  private static final long BUDGET = 10_000_000;

  @TempDir private Path folder;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ConversionLedger ledger = new ConversionLedger(registry, System::nanoTime);
  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final AtomicInteger made = new AtomicInteger();
  private final byte[] disk = TestDisk.bytes(1, 3_000_000);
  private DerivedCache cache;
  private Conversions conversions;
  private Path image;

  @BeforeEach
  void open() throws IOException {
    cache = DerivedCache.open(folder.resolve("cache"), BUDGET, Clock.systemUTC());
    conversions = new Conversions(cache, ledger, pool, Runnable::run);
    image = Files.write(folder.resolve("disk.raw"), disk);
  }

  @AfterEach
  void close() throws Exception {
    pool.shutdown();
    assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
    cache.close();
    assertEquals(0, folder.resolve("cache/unfinished").toFile().list().length);
    assertEquals(0, ledger.running().size());
    assertEquals(0, gauge("sluice_conversions_in_progress"));
    assertEquals(0, gauge("sluice_conversions_source_bytes"));
    assertEquals(0, gauge("sluice_conversions_done_bytes"));
  }

  /** Copies the disk, a step at a time, and counts how often that is begun. */
  private Recipe copying(Step step) {
    return (source, output) -> {
      made.incrementAndGet();
      SourceReader reader = new SourceReader(source);
      ByteBuffer buffer = ByteBuffer.allocate(100_000);
      while (reader.next(buffer)) {
        output.append(buffer);
        step.taken();
        output.progress(reader.offset());
      }
    };
  }

  private interface Step {
    void taken() throws IOException;
  }

  private CacheKey key() throws IOException {
    try (DiskSource source = TestDisk.open(image)) {
      return CacheKey.of(source.identity(), Form.RAW_ZST, "");
    }
  }

  private Derived obtain(Recipe recipe) throws IOException {
    return conversions.obtain(key(), "disk", TestDisk.open(image), recipe);
  }

  private GrowingCopy begin(Recipe recipe) throws IOException {
    return assertInstanceOf(Derived.Growing.class, obtain(recipe)).copy();
  }

  private static byte[] read(GrowingCopy copy) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FileChannel file = null;
    long end;
    while ((end = copy.beyond(bytes.size()).toCompletableFuture().get(10, TimeUnit.SECONDS))
        > bytes.size()) {
      file = file == null ? copy.open() : file;
      ByteBuffer more = ByteBuffer.allocate((int) end - bytes.size());
      while (more.hasRemaining()) {
        assertTrue(file.read(more) > 0);
      }
      bytes.writeBytes(more.array());
    }
    if (file != null) {
      file.close();
    }
    return bytes.toByteArray();
  }

  private byte[] readAll(Derived derived) throws Exception {
    if (derived instanceof Derived.Finished finished) {
      try (DerivedCache.Lease lease = finished.lease()) {
        return Files.readAllBytes(lease.file());
      }
    }
    try (GrowingCopy copy = ((Derived.Growing) derived).copy()) {
      return read(copy);
    }
  }

  private double gauge(String name) {
    return scrape(name, GaugeSnapshot.class).getDataPoints().stream()
        .mapToDouble(point -> point.getValue())
        .sum();
  }

  private double failures() {
    return scrape("sluice_conversion_failures", CounterSnapshot.class).getDataPoints().stream()
        .mapToDouble(point -> point.getValue())
        .sum();
  }

  private long durations() {
    return scrape("sluice_conversion_duration_seconds", HistogramSnapshot.class)
        .getDataPoints()
        .stream()
        .mapToLong(point -> point.getCount())
        .sum();
  }

  private <S extends MetricSnapshot> S scrape(String name, Class<S> type) {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals(name))
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }

  private static Throwable causeOf(Future<?> failed) {
    return assertThrows(ExecutionException.class, () -> failed.get(10, TimeUnit.SECONDS))
        .getCause();
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
                  return readAll(obtain(copying(() -> {})));
                }));
      }
      for (Future<byte[]> body : bodies) {
        assertArrayEquals(disk, body.get(20, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    assertEquals(1, made.get());
    assertInstanceOf(Derived.Finished.class, obtain(copying(() -> {})));
    assertEquals(1, durations());
    assertEquals(disk.length, cache.bytes());
  }

  @Test
  void theFirstReaderIsServedWhileItIsMade() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (GrowingCopy copy = begin(copying(() -> await(goOn)))) {
      long some = copy.beyond(0).toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertEquals(100_000, some);
      try (FileChannel file = copy.open()) {
        assertArrayEquals(
            java.util.Arrays.copyOf(disk, (int) some),
            Channels.newInputStream(file).readNBytes((int) some));
      }
      ConversionLedger.Running running = ledger.running().get(0);
      assertEquals("disk", running.name());
      assertEquals(disk.length, running.total());
      assertTrue(cache.find(key()).isEmpty());
      goOn.countDown();
      assertArrayEquals(disk, read(copy));
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
    try (GrowingCopy copy = begin(copying(second))) {
      await(firstIsDone);
      assertEquals(1, gauge("sluice_conversions_in_progress"));
      assertEquals(disk.length, gauge("sluice_conversions_source_bytes"));
      assertEquals(100_000, gauge("sluice_conversions_done_bytes"));
      goOn.countDown();
      assertArrayEquals(disk, read(copy));
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
    GrowingCopy first = begin(copying(() -> await(goOn)));
    GrowingCopy second = begin(copying(() -> {}));
    first.close();
    first.close();
    goOn.countDown();
    assertArrayEquals(disk, read(second));
    second.close();
    assertEquals(1, made.get());
  }

  @Test
  void whatNobodyWaitsForIsStoppedAndTheNextBeginsAnew() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    GrowingCopy copy = begin(copying(() -> await(goOn)));
    copy.beyond(0).toCompletableFuture().get(10, TimeUnit.SECONDS);
    copy.close();
    GrowingCopy next = begin(copying(() -> {}));
    goOn.countDown();
    assertThrows(
        ExecutionException.class,
        () -> copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS));
    assertArrayEquals(disk, read(next));
    next.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    next.close();
    assertEquals(2, made.get());
    assertEquals(0, failures());
    assertEquals(1, durations());
  }

  @Test
  void aFailureIsToldCountedAndForgotten() throws Exception {
    GrowingCopy failing =
        begin(
            copying(
                () -> {
                  throw new IOException("broken");
                }));
    assertEquals("broken", causeOf(failing.finished().toCompletableFuture()).getMessage());
    failing.close();
    assertEquals(1, failures());
    assertArrayEquals(disk, readAll(obtain(copying(() -> {}))));
  }

  @Test
  void aSourceThatIsChangedMeanwhileGivesNothing() throws Exception {
    GrowingCopy copy =
        begin(copying(() -> Files.write(image, new byte[] {1}, StandardOpenOption.APPEND)));
    assertTrue(causeOf(copy.finished().toCompletableFuture()).getMessage().contains("changed"));
    copy.close();
    assertEquals(0, cache.bytes());
  }

  @Test
  void aSourceThatIsReplacedMeanwhileIsReadToItsEndAndNotKept() throws Exception {
    CacheKey old = key();
    Path fresh = Files.write(folder.resolve("fresh"), new byte[] {1, 2, 3});
    GrowingCopy copy =
        begin(
            copying(
                () -> {
                  if (Files.exists(fresh)) {
                    Files.move(fresh, image, StandardCopyOption.REPLACE_EXISTING);
                  }
                }));
    copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertArrayEquals(disk, read(copy));
    copy.close();
    assertTrue(cache.find(old).isEmpty());
    assertArrayEquals(new byte[] {1, 2, 3}, readAll(obtain(copying(() -> {}))));
  }

  @Test
  void aCopyThatDoesNotFitIsRefusedAndLeavesNothing() throws Exception {
    Recipe large =
        (source, output) -> {
          for (long done = 0; done <= BUDGET; done += 1_000_000) {
            output.append(ByteBuffer.allocate(1_000_000));
          }
        };
    GrowingCopy copy = begin(large);
    assertInstanceOf(NoRoomException.class, causeOf(copy.finished().toCompletableFuture()));
    copy.close();
    assertEquals(0, cache.bytes());
  }

  @Test
  void aReaderKeepsWhatItReadsFromBeingEvicted() throws Exception {
    GrowingCopy copy = begin(copying(() -> {}));
    copy.finished().toCompletableFuture().get(10, TimeUnit.SECONDS);
    try (Draft draft = cache.draft(new CacheKey("0".repeat(64), Form.BMAP))) {
      assertThrows(NoRoomException.class, () -> draft.reserve(BUDGET - 1_000_000));
      assertArrayEquals(disk, read(copy));
      copy.close();
      draft.reserve(BUDGET - 1_000_000);
    }
    assertTrue(cache.find(key()).isEmpty());
  }

  @Test
  void withoutAThreadNothingIsBegunAndNothingIsLeft() throws Exception {
    Conversions refusing =
        new Conversions(
            cache,
            ledger,
            task -> {
              throw new RejectedExecutionException("full");
            },
            Runnable::run);
    assertThrows(
        RejectedExecutionException.class,
        () -> refusing.obtain(key(), "disk", TestDisk.open(image), copying(() -> {})));
    assertEquals(0, made.get());
    assertArrayEquals(disk, readAll(obtain(copying(() -> {}))));
  }
}
