package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceReader;
import io.sluice.server.derive.source.TestDisk;
import io.sluice.server.telemetry.DerivedInstruments;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk in a folder, {@link Conversions} of it, and requests for them. */
final class ConversionScene {
  static final long BUDGET = 10_000_000;

  private final Path folder;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final Conversions conversions;
  private final DerivedInstruments measured = new DerivedInstruments(registry);
  final ConversionLedger ledger = new ConversionLedger(measured, System::nanoTime);
  final AtomicInteger made = new AtomicInteger();
  final byte[] disk = TestDisk.bytes(1, 3_000_000);
  final DerivedCache cache;
  final Path image;

  /** In this folder. */
  ConversionScene(Path folder) throws IOException {
    this(folder, Duration.ZERO);
  }

  /** In this folder; copies are made on for a while after their last reader has gone. */
  ConversionScene(Path folder, Duration grace) throws IOException {
    this.folder = Files.createDirectories(folder);
    cache = DerivedCache.open(folder.resolve("cache"), BUDGET, Clock.systemUTC());
    measured.watch(ledger, cache::bytes);
    conversions = new Conversions(cache, ledger, pool, Runnable::run, grace);
    image = Files.write(folder.resolve("disk.raw"), disk);
  }

  /** Checks that nothing goes on any more, and that nothing unfinished is left. */
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
  Recipe copying(Step step) {
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

  /** What happens between two parts of a copy. */
  interface Step {
    void taken() throws IOException;
  }

  CacheKey key() throws IOException {
    try (DiskSource source = TestDisk.open(image)) {
      return CacheKey.of(source.identity(), DerivedFormat.RAW_ZST, "");
    }
  }

  Derived obtain(Recipe recipe) throws IOException {
    return conversions.obtain(key(), "disk", TestDisk.open(image), recipe);
  }

  GrowingCopy begin(Recipe recipe) throws IOException {
    return assertInstanceOf(Derived.Growing.class, obtain(recipe)).copy();
  }

  static byte[] read(GrowingCopy copy) throws Exception {
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

  byte[] readAll(Derived derived) throws Exception {
    if (derived instanceof Derived.Finished finished) {
      try (DerivedCache.Lease lease = finished.lease()) {
        return Files.readAllBytes(lease.file());
      }
    }
    try (GrowingCopy copy = ((Derived.Growing) derived).copy()) {
      return read(copy);
    }
  }

  double gauge(String name) {
    return scrape(name, GaugeSnapshot.class).getDataPoints().stream()
        .mapToDouble(point -> point.getValue())
        .sum();
  }

  double failures() {
    return scrape("sluice_conversion_failures", CounterSnapshot.class).getDataPoints().stream()
        .mapToDouble(point -> point.getValue())
        .sum();
  }

  long durations() {
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
}
