package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.sluice.server.derive.Digests.Wanted;
import io.sluice.server.digest.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {
  @TempDir private Path folder;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ConversionLedger ledger = new ConversionLedger(registry, System::nanoTime);
  private final Deque<Runnable> leisurely = new ArrayDeque<>();
  private final ExecutorService asked = Executors.newCachedThreadPool();
  private final byte[] bytes = TestDisk.bytes(3, 5_000_000);
  private final AtomicInteger opened = new AtomicInteger();
  private DerivedCache cache;
  private Digests digests;
  private Path file;
  private CacheKey key;

  @BeforeEach
  void open() throws IOException {
    cache = DerivedCache.open(folder.resolve("cache"), 1_000_000, Clock.systemUTC());
    digests = new Digests(cache, ledger, leisurely::add, asked, () -> false);
    file = Files.write(folder.resolve("disk.raw"), bytes);
    try (DiskSource source = TestDisk.open(file)) {
      key = CacheKey.of(source.identity(), Form.SHA256, "");
    }
  }

  @AfterEach
  void close() throws Exception {
    asked.shutdown();
    assertTrue(asked.awaitTermination(10, TimeUnit.SECONDS));
    cache.close();
    assertEquals(0, ledger.running().size());
  }

  private DiskSource source() {
    opened.incrementAndGet();
    return TestDisk.open(file);
  }

  private String expected() {
    return Sha256.hexOf(bytes);
  }

  private static String get(Wanted wanted) throws Exception {
    return wanted.hex().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatIsAskedForIsComputedOnceAndKnownFromThenOnAfterARestartToo() throws Exception {
    assertTrue(digests.known(key).isEmpty());
    CountDownLatch goOn = new CountDownLatch(1);
    SourceOpener slow = () -> new Waiting(source(), goOn);
    try (Wanted first = digests.want(key, "disk", slow);
        Wanted second = digests.want(key, "disk", slow)) {
      goOn.countDown();
      assertEquals(expected(), get(first));
      assertEquals(expected(), get(second));
    }
    assertEquals(1, opened.get());
    assertEquals(Optional.of(expected()), digests.known(key));
    Digests later = new Digests(cache, ledger, leisurely::add, asked, () -> false);
    assertEquals(Optional.of(expected()), later.known(key));
  }

  @Test
  void whatWasNoticedIsComputedAtLeisureAndOnce() {
    digests.notice(key, "disk", this::source);
    digests.notice(key, "disk", this::source);
    assertEquals(1, leisurely.size());
    leisurely.remove().run();
    assertEquals(Optional.of(expected()), digests.known(key));
    digests.notice(key, "disk", this::source);
    assertTrue(leisurely.isEmpty());
  }

  @Test
  void whatNobodyWaitsForTakesATenthOfAProcessorAndAHundredthOfABusyOne() {
    assertEquals(9_000, Hashing.restNanos(1_000, false));
    assertEquals(99_000, Hashing.restNanos(1_000, true));
    assertEquals(TimeUnit.SECONDS.toNanos(1), Hashing.restNanos(Long.MAX_VALUE / 1000, true));
  }

  @Test
  void whatNobodyWaitsForAsksAllTheTimeWhetherTheServerIsBusy() {
    AtomicInteger asks = new AtomicInteger();
    Digests considerate =
        new Digests(cache, ledger, leisurely::add, asked, () -> asks.incrementAndGet() < 0);
    considerate.notice(key, "disk", this::source);
    leisurely.remove().run();
    assertEquals(Optional.of(expected()), considerate.known(key));
    assertTrue(asks.get() >= bytes.length / (64 * 1024), "asked " + asks.get() + " times");
  }

  @Test
  void whoAsksDoesNotWaitForTheLeisurelyThread() throws Exception {
    digests.notice(key, "disk", this::source);
    try (Wanted wanted = digests.want(key, "disk", this::source)) {
      assertEquals(expected(), get(wanted));
    }
    leisurely.remove().run();
    assertEquals(1, opened.get());
  }

  @Test
  void whatNobodyWaitsForIsGivenUpAndTheNextBeginsAnew() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    Wanted left = digests.want(key, "disk", () -> new Waiting(source(), goOn));
    left.close();
    goOn.countDown();
    assertThrows(CompletionException.class, () -> left.hex().toCompletableFuture().join());
    try (Wanted wanted = digests.want(key, "disk", this::source)) {
      assertEquals(expected(), get(wanted));
    }
  }

  @Test
  void aFileThatIsChangedMeanwhileHasNoSum() throws Exception {
    Wanted wanted =
        digests.want(
            key,
            "disk",
            () -> {
              DiskSource source = source();
              Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
              return source;
            });
    assertThrows(CompletionException.class, () -> wanted.hex().toCompletableFuture().join());
    assertTrue(digests.known(key).isEmpty());
  }

  @Test
  void aFileThatIsReplacedIsNotReadToItsEndAtLeisure() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    Path other = Files.write(folder.resolve("other"), bytes);
    digests.notice(
        key,
        "disk",
        () ->
            new TestDisk.Wrapped(source()) {
              @Override
              public void read(long offset, ByteBuffer into) throws IOException {
                super.read(offset, into);
                if (reads.getAndIncrement() == 0) {
                  Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
                }
              }
            });
    leisurely.remove().run();
    assertEquals(1, reads.get());
    assertTrue(digests.known(key).isEmpty());
    assertEquals(0, failures());
  }

  @Test
  void thatAFileIsGoneBeforeItsTurnComesIsNoFailure() throws Exception {
    for (SourceOpener gone :
        List.<SourceOpener>of(
            () -> {
              throw new ReplacedSourceException("replaced");
            },
            () -> {
              throw new NoSuchFileException("deleted");
            })) {
      digests.notice(key, "disk", gone);
      leisurely.remove().run();
      Wanted wanted = digests.want(key, "disk", gone);
      assertThrows(CompletionException.class, () -> wanted.hex().toCompletableFuture().join());
    }
    assertEquals(0, failures());
  }

  private double failures() {
    return registry.scrape().stream()
        .filter(metric -> metric.getMetadata().getName().equals("sluice_conversion_failures"))
        .map(metric -> (CounterSnapshot) metric)
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void aFailureAndALackOfThreadsAreForgotten() throws Exception {
    Digests refusing =
        new Digests(
            cache,
            ledger,
            leisurely::add,
            task -> {
              throw new RejectedExecutionException("full");
            },
            () -> false);
    for (int i = 0; i < 2; i++) {
      Wanted refused = refusing.want(key, "disk", this::source);
      assertThrows(CompletionException.class, () -> refused.hex().toCompletableFuture().join());
    }
    Wanted failed =
        digests.want(
            key,
            "disk",
            () -> {
              throw new IOException("gone");
            });
    assertThrows(CompletionException.class, () -> failed.hex().toCompletableFuture().join());
    try (Wanted wanted = digests.want(key, "disk", this::source)) {
      assertEquals(expected(), get(wanted));
    }
  }

  private static final class Waiting extends TestDisk.Wrapped {
    private final CountDownLatch goOn;

    Waiting(DiskSource disk, CountDownLatch goOn) {
      super(disk);
      this.goOn = goOn;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
      try {
        assertTrue(goOn.await(10, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      super.read(offset, into);
    }
  }
}
