package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.fill.FilledDisks;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.PartSource;
import io.sluice.server.transfer.TransferPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The disks of QCOW2 images for tests, over a cache of their own, inflated by the thread that asks.
 */
final class DiskRoom implements AutoCloseable {
  /** For it, the files of a test are so old that none is changed any more. */
  static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));

  static final long PLENTY = 1L << 30;

  private final Path folder;
  private final DerivedCache cache;
  private final FilledDisks filled;
  private final AtomicInteger cacheOpenings = new AtomicInteger();

  /**
   * Disks of the images in a folder.
   *
   * @param folder free of symbolic links
   * @param budget of the cache, in bytes
   */
  DiskRoom(Path folder, long budget) throws IOException {
    this(folder, budget, Runnable::run);
  }

  DiskRoom(Path folder, long budget, Executor inflaters) throws IOException {
    this.folder = folder;
    cache = DerivedCache.open(folder.resolve("cache"), budget, LATER);
    filled = new FilledDisks(cache, inflaters, Runnable::run);
  }

  VirtualDisk open(String name) throws IOException {
    Path path = folder.resolve(name);
    return new VirtualDisk(
        Qcow2Disk.open(path, new ServedRoot(folder), LATER),
        chunkBytes -> {
          cacheOpenings.incrementAndGet();
          return filled.open(Qcow2Disk.open(path, new ServedRoot(folder), LATER), chunkBytes);
        },
        closed -> {});
  }

  DerivedCache cache() {
    return cache;
  }

  FilledDisks filled() {
    return filled;
  }

  /** How often the file in the cache was opened. */
  int cacheOpenings() {
    return cacheOpenings.get();
  }

  /** Bytes that do not become smaller. */
  static byte[] noise(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The bytes of a part that is there. */
  static byte[] bytes(Extent part) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(part.length()));
    if (part instanceof Extent.File file) {
      while (bytes.hasRemaining()) {
        assertTrue(file.file().channel().read(bytes, file.offset() + bytes.position()) > 0);
      }
    } else if (part instanceof Extent.Memory memory) {
      bytes.put(memory.bytes(), memory.start(), memory.count());
    } else {
      assertTrue(part instanceof Extent.Zero, part.toString());
    }
    return bytes.array();
  }

  /** The bytes of a source from an offset to another, asked for as a transfer does. */
  static byte[] follow(PartSource source, long from, long to) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long at = from; at < to; ) {
      Extent part = source.part(at, to - at).toCompletableFuture().get();
      long length = Math.min(part.length(), to - at);
      all.write(bytes(part.slice(0, length)));
      at += length;
    }
    return all.toByteArray();
  }

  /** The bytes of a plan. */
  static byte[] follow(TransferPlan plan) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Extent extent : plan.extents()) {
      all.write(
          extent instanceof Extent.Awaited awaited
              ? follow(awaited.source(), awaited.offset(), awaited.offset() + awaited.length())
              : bytes(extent));
    }
    return all.toByteArray();
  }

  /** A part that is there. */
  static Extent now(CompletionStage<Extent> part) {
    CompletableFuture<Extent> future = part.toCompletableFuture();
    assertTrue(future.isDone());
    return future.join();
  }

  /** Why a part cannot be had. */
  static Throwable failure(CompletionStage<Extent> part) {
    return assertThrows(ExecutionException.class, () -> part.toCompletableFuture().get())
        .getCause();
  }

  @Override
  public void close() throws IOException {
    cache.close();
  }
}
