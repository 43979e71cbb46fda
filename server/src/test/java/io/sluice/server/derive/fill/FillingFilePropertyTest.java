package io.sluice.server.derive.fill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.cache.FilledMap;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.TestDisk;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class FillingFilePropertyTest {
  /** What is being filled: the bytes it should have, those it has, and how often each was made. */
  private static final class Bench {
    private final byte[] wanted;
    private final byte[] stored;
    private final AtomicIntegerArray made;

    Bench(long seed, int length, int chunk) {
      wanted = TestDisk.bytes(seed, length);
      stored = new byte[length];
      made = new AtomicIntegerArray(length / chunk + 1);
    }

    void store(long offset, java.nio.ByteBuffer bytes) {
      bytes.get(stored, (int) offset, bytes.remaining());
    }
  }

  @Property(tries = 100)
  void manyReadersGetTheRightBytesAndEachChunkIsMadeOnce(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 100_000) int length,
      @ForAll @IntRange(min = 1, max = 9000) int chunk)
      throws Exception {
    Bench bench = new Bench(seed, length, chunk);
    ExecutorService pool = Executors.newFixedThreadPool(3);
    ExecutorService readers = Executors.newFixedThreadPool(4);
    try {
      FillingFile file =
          new FillingFile(
              new FilledMap(length, chunk),
              (offset, into) -> {
                bench.made.incrementAndGet((int) (offset / chunk));
                into.put(bench.wanted, (int) offset, into.remaining());
              },
              bench::store,
              pool);
      List<Future<?>> ends = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        Random random = new Random(seed + reader);
        ends.add(readers.submit(() -> read(file, bench, random)));
      }
      for (Future<?> end : ends) {
        end.get(20, TimeUnit.SECONDS);
      }
      assertArrayEquals(bench.wanted, bench.stored);
      for (int i = 0; i < bench.made.length(); i++) {
        assertTrue(bench.made.get(i) <= 1, "chunk " + i);
      }
    } finally {
      pool.shutdownNow();
      readers.shutdownNow();
    }
  }

  /** Reads at random places, then everything in order. */
  private static Object read(FillingFile file, Bench bench, Random random) throws Exception {
    int length = bench.wanted.length;
    for (int i = 0; i < 20; i++) {
      check(file, bench, random.nextInt(length), 1 + random.nextInt(length));
    }
    for (long at = 0; at < length; ) {
      file.readAhead(at, random.nextInt(20_000));
      at = check(file, bench, at, 1 + random.nextInt(length));
    }
    return true;
  }

  private static long check(FillingFile file, Bench bench, long offset, long max) throws Exception {
    long end = file.ready(offset, max).toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertTrue(end > offset && end <= Math.min(offset + max, bench.wanted.length));
    for (int i = (int) offset; i < end; i++) {
      assertEquals(bench.wanted[i], bench.stored[i], "byte " + i);
    }
    return end;
  }

  @Property(tries = 200)
  void failuresReachThoseWhoWaitAndAreForgotten(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5000) int length) {
    Random random = new Random(seed);
    int chunk = 1 + random.nextInt(600);
    Bench bench = new Bench(seed, length, chunk);
    Deque<Runnable> tasks = new ArrayDeque<>();
    boolean[] broken = {true};
    FillingFile file =
        new FillingFile(
            new FilledMap(length, chunk),
            (offset, into) -> {
              if (broken[0] && random.nextBoolean()) {
                throw new IOException("broken");
              }
              into.put(bench.wanted, (int) offset, into.remaining());
            },
            (offset, bytes) -> {
              if (broken[0] && random.nextBoolean()) {
                throw new NoRoomException("full");
              }
              bench.store(offset, bytes);
            },
            tasks::add);
    List<CompletableFuture<Long>> waiting = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      long offset = random.nextInt(length);
      offsets.add(offset);
      waiting.add(file.ready(offset, length).toCompletableFuture());
    }
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
    for (int i = 0; i < waiting.size(); i++) {
      assertTrue(waiting.get(i).isDone());
      boolean there = file.readyUpTo(offsets.get(i), 1) > offsets.get(i);
      assertEquals(there, !waiting.get(i).isCompletedExceptionally());
    }
    broken[0] = false;
    for (long at = 0; at < length; ) {
      CompletableFuture<Long> next = file.ready(at, length).toCompletableFuture();
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
      at = next.join();
    }
    assertArrayEquals(bench.wanted, bench.stored);
  }

  @Example
  void aPoolThatRefusesFailsTheReaderAndNothingElse() {
    boolean[] full = {true};
    FillingFile file =
        new FillingFile(
            new FilledMap(10, 4),
            (offset, into) -> into.position(into.limit()),
            (offset, bytes) -> {},
            task -> {
              if (full[0]) {
                throw new RejectedExecutionException("full");
              }
              task.run();
            });
    file.readAhead(0, 10);
    CompletionException refused =
        assertThrows(
            CompletionException.class, () -> file.ready(0, 10).toCompletableFuture().join());
    assertInstanceOf(RejectedExecutionException.class, refused.getCause());
    assertEquals(0, file.readyUpTo(0, 10));
    full[0] = false;
    assertEquals(4, file.ready(0, 10).toCompletableFuture().join());
    file.readAhead(0, 100);
    assertEquals(10, file.readyUpTo(1, Long.MAX_VALUE));
  }

  @Example
  void aChunkThatIsShortIsAFailure() {
    FillingFile file =
        new FillingFile(
            new FilledMap(10, 4),
            (offset, into) -> into.put((byte) 1),
            (offset, bytes) -> {},
            Runnable::run);
    assertTrue(file.ready(0, 1).toCompletableFuture().isCompletedExceptionally());
    assertFalse(file.readyUpTo(0, 1) > 0);
  }

  @Example
  void theNumberOfChunksIsBounded() {
    long length = 1L << 45;
    assertThrows(IllegalArgumentException.class, () -> new FilledMap(length, 512));
    int chunk = FillingFile.chunkFor(length, 512);
    assertEquals(1 << 21, chunk);
    assertEquals(
        length,
        new FillingFile(new FilledMap(length, chunk), (o, b) -> {}, (o, b) -> {}, Runnable::run)
            .length());
  }
}
