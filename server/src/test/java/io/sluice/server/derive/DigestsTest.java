package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.sluice.server.derive.Digests.Subject;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.SourceOpener;
import io.sluice.server.derive.source.TestDisk;
import io.sluice.server.digest.Sha256;
import io.sluice.server.keyed.SharedWork;
import io.sluice.server.telemetry.DerivedInstruments;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {
  @TempDir private Path folder;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ConversionLedger ledger =
      new ConversionLedger(new DerivedInstruments(registry), System::nanoTime);
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
      key = CacheKey.of(source.identity(), DerivedFormat.SHA256, "");
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

  private Subject subject(SourceOpener opener) {
    return new Subject(key, "disk", bytes.length, opener);
  }

  private String expected() {
    return Sha256.hexOf(bytes);
  }

  private static String get(SharedWork.Caller<String> wanted) throws Exception {
    return wanted.result().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatIsAskedForIsComputedOnceAndKnownFromThenOnAfterARestartToo() throws Exception {
    assertTrue(digests.known(key).isEmpty());
    CountDownLatch goOn = new CountDownLatch(1);
    SourceOpener slow = () -> new Waiting(source(), goOn);
    try (SharedWork.Caller<String> first = digests.want(subject(slow));
        SharedWork.Caller<String> second = digests.want(subject(slow))) {
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
    digests.notice(subject(this::source));
    digests.notice(subject(this::source));
    assertEquals(1, leisurely.size());
    leisurely.remove().run();
    assertEquals(Optional.of(expected()), digests.known(key));
    digests.notice(subject(this::source));
    assertTrue(leisurely.isEmpty());
  }

  @Test
  void whatNobodyWaitsForTakesATenthOfAProcessorAndAHundredthOfABusyOne() {
    assertEquals(9_000, Digests.restNanos(1_000, false));
    assertEquals(99_000, Digests.restNanos(1_000, true));
    assertEquals(TimeUnit.SECONDS.toNanos(1), Digests.restNanos(Long.MAX_VALUE / 1000, true));
  }

  @Test
  void whatNobodyWaitsForAsksAllTheTimeWhetherTheServerIsBusy() {
    AtomicInteger asks = new AtomicInteger();
    Digests considerate =
        new Digests(cache, ledger, leisurely::add, asked, () -> asks.incrementAndGet() < 0);
    considerate.notice(subject(this::source));
    leisurely.remove().run();
    assertEquals(Optional.of(expected()), considerate.known(key));
    assertTrue(asks.get() >= bytes.length / (64 * 1024), "asked " + asks.get() + " times");
  }

  @Test
  void whoAsksDoesNotWaitForTheLeisurelyThread() throws Exception {
    digests.notice(subject(this::source));
    try (SharedWork.Caller<String> wanted = digests.want(subject(this::source))) {
      assertEquals(expected(), get(wanted));
    }
    leisurely.remove().run();
    assertEquals(1, opened.get());
  }

  @Test
  void whatNobodyWaitsForIsGivenUpAndTheNextBeginsAnew() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    SharedWork.Caller<String> left = digests.want(subject(() -> new Waiting(source(), goOn)));
    left.close();
    goOn.countDown();
    assertThrows(CompletionException.class, () -> left.result().toCompletableFuture().join());
    try (SharedWork.Caller<String> wanted = digests.want(subject(this::source))) {
      assertEquals(expected(), get(wanted));
    }
  }

  @Test
  void aFileThatIsChangedMeanwhileHasNoSum() throws Exception {
    SharedWork.Caller<String> wanted =
        digests.want(
            subject(
                () -> {
                  DiskSource source = source();
                  Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
                  return source;
                }));
    assertThrows(CompletionException.class, () -> wanted.result().toCompletableFuture().join());
    assertTrue(digests.known(key).isEmpty());
  }

  @Test
  void aFileThatIsReplacedIsNotReadToItsEndAtLeisure() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    Path other = Files.write(folder.resolve("other"), bytes);
    digests.notice(
        subject(
            () ->
                new TestDisk.Wrapped(source()) {
                  @Override
                  public void read(long offset, ByteBuffer into) throws IOException {
                    super.read(offset, into);
                    if (reads.getAndIncrement() == 0) {
                      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
                    }
                  }
                }));
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
      digests.notice(subject(gone));
      leisurely.remove().run();
      SharedWork.Caller<String> wanted = digests.want(subject(gone));
      assertThrows(CompletionException.class, () -> wanted.result().toCompletableFuture().join());
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
      SharedWork.Caller<String> refused = refusing.want(subject(this::source));
      assertThrows(CompletionException.class, () -> refused.result().toCompletableFuture().join());
    }
    SharedWork.Caller<String> failed =
        digests.want(
            subject(
                () -> {
                  throw new IOException("gone");
                }));
    assertThrows(CompletionException.class, () -> failed.result().toCompletableFuture().join());
    assertEquals(Optional.of("gone"), digests.failure(key));
    try (SharedWork.Caller<String> wanted = digests.want(subject(this::source))) {
      assertEquals(expected(), get(wanted));
    }
  }

  /** A disk of zeros without an end that a test would live to see, which says when it is read. */
  private static final class Endless implements DiskSource {
    @Override
    public DiskSource reopened() {
      return this;
    }

    private final CountDownLatch read;
    private final SourceIdentity identity;
    private long at;

    Endless(SourceIdentity identity, CountDownLatch read) {
      this.identity = identity;
      this.read = read;
    }

    @Override
    public SourceIdentity identity() {
      return identity;
    }

    @Override
    public long size() {
      return Long.MAX_VALUE;
    }

    @Override
    public void read(long offset, ByteBuffer into) {
      assertEquals(at, offset);
      at += into.remaining();
      into.position(into.limit());
      read.countDown();
    }

    @Override
    public long zerosAt(long offset, long max) {
      return max;
    }

    @Override
    public void close() {
      at = -1;
    }
  }

  private Subject endless(String name, CountDownLatch read) throws IOException {
    Path itsFile = Files.write(folder.resolve(name), bytes);
    SourceIdentity identity;
    try (DiskSource source = TestDisk.open(itsFile)) {
      identity = source.identity();
    }
    return new Subject(
        CacheKey.of(identity, DerivedFormat.SHA256, ""),
        name,
        Long.MAX_VALUE / 4,
        () -> new Endless(identity, read));
  }

  @Test
  void aSmallOneIsNotHeldUpByAsManyHugeOnesAsThereAreThreads() throws Exception {
    List<SharedWork.Caller<String>> huge = new ArrayList<>();
    for (int i = 0; i < Digests.ASKED_THREADS + 1; i++) {
      CountDownLatch read = new CountDownLatch(1);
      huge.add(digests.want(endless("huge" + i, read)));
      if (i < Digests.ASKED_THREADS) {
        assertTrue(read.await(30, TimeUnit.SECONDS), "one more is read");
      }
    }
    try (SharedWork.Caller<String> small = digests.want(subject(this::source))) {
      assertEquals(expected(), get(small));
    }
    assertTrue(digests.left(endless("huge0", new CountDownLatch(1))).toDays() > 1);
    huge.forEach(SharedWork.Caller::close);
    for (SharedWork.Caller<String> each : huge) {
      assertThrows(Exception.class, () -> get(each));
    }
  }

  @Test
  void aHugeOneThatWasNoticedDoesNotHoldUpOthersThatWere() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    digests.notice(endless("huge", read));
    ExecutorService atLeisure = Executors.newSingleThreadExecutor();
    Future<?> thread = atLeisure.submit(leisurely.remove());
    assertTrue(read.await(30, TimeUnit.SECONDS));
    digests.notice(subject(this::source));
    assertTrue(leisurely.isEmpty(), "one thread looks after both");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (digests.known(key).isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertEquals(Optional.of(expected()), digests.known(key));
    Files.delete(folder.resolve("huge"));
    thread.get(30, TimeUnit.SECONDS);
    atLeisure.shutdown();
  }

  @Test
  void whatIsHurriedNeedsNobodyWhoWaitsAndComesBeforeWhatWasNoticed() throws Exception {
    digests.notice(subject(this::source));
    digests.hurry(subject(this::source));
    asked.shutdown();
    assertTrue(asked.awaitTermination(30, TimeUnit.SECONDS));
    assertEquals(Optional.of(expected()), digests.known(key));
    leisurely.remove().run();
    assertEquals(1, opened.get());
  }

  @Test
  void whatIsHurriedIsGivenUpWhenItsFileHasGone() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    digests.hurry(endless("huge", read));
    assertTrue(read.await(30, TimeUnit.SECONDS));
    Files.delete(folder.resolve("huge"));
    asked.shutdown();
    assertTrue(asked.awaitTermination(30, TimeUnit.SECONDS));
    assertEquals(0, failures());
  }

  @Test
  void whatIsAskedForWhileItIsReadAtLeisureIsTakenOver() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch reading = new CountDownLatch(1);
    Subject slow =
        subject(
            () -> {
              reading.countDown();
              return new Waiting(source(), goOn);
            });
    digests.notice(slow);
    ExecutorService atLeisure = Executors.newSingleThreadExecutor();
    Future<?> thread = atLeisure.submit(leisurely.remove());
    assertTrue(reading.await(30, TimeUnit.SECONDS));
    digests.hurry(slow);
    while (digests.isAtWork()) {
      // The thread for what is asked for finds it taken, and ends.
      Thread.onSpinWait();
    }
    goOn.countDown();
    thread.get(30, TimeUnit.SECONDS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (digests.known(key).isEmpty() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertEquals(Optional.of(expected()), digests.known(key));
    atLeisure.shutdown();
  }

  @Test
  void whatNobodyWaitsForAnyMoreButWasNoticedIsReadAtLeisure() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    Subject huge = endless("huge", read);
    SharedWork.Caller<String> wanted = digests.want(huge);
    assertTrue(read.await(30, TimeUnit.SECONDS));
    digests.notice(huge);
    assertTrue(leisurely.isEmpty());
    wanted.close();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (digests.isAtWork() && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertEquals(1, leisurely.size());
    Files.delete(folder.resolve("huge"));
    leisurely.remove().run();
  }

  @Test
  void whatWasLearntIsKnownAfterARestartToo() {
    digests.learn(key, expected());
    assertEquals(Optional.of(expected()), digests.known(key));
    Digests later = new Digests(cache, ledger, leisurely::add, asked, () -> false);
    assertEquals(Optional.of(expected()), later.known(key));
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
