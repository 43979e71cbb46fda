package io.sluice.server.derive.fill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.TestDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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

class FilledDisksTest {
  private static final int CHUNK = 64 * 1024;
  private static final int SIZE = 40 * CHUNK + 100;

  @TempDir private Path folder;
  private final ExecutorService pool = Executors.newFixedThreadPool(3);
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger open = new AtomicInteger();
  private final byte[] disk = TestDisk.bytes(9, SIZE);
  private Path image;
  private DerivedCache cache;
  private FilledDisks disks;

  @BeforeEach
  void start() throws IOException {
    image = Files.write(folder.resolve("disk"), disk);
    start(2L * SIZE);
  }

  private void start(long budget) throws IOException {
    if (cache != null) {
      cache.close();
    }
    cache = DerivedCache.open(folder.resolve("cache"), budget, Clock.systemUTC());
    disks = new FilledDisks(cache, pool, Runnable::run);
  }

  @AfterEach
  void stop() throws Exception {
    pool.shutdown();
    assertTrue(pool.awaitTermination(10, TimeUnit.SECONDS));
    cache.close();
    assertEquals(0, open.get());
  }

  private FilledDisk open() throws IOException {
    open.incrementAndGet();
    return disks.open(
        new TestDisk.Wrapped(TestDisk.open(image)) {
          @Override
          public void read(long offset, ByteBuffer into) throws IOException {
            reads.incrementAndGet();
            super.read(offset, into);
          }

          @Override
          public void close() {
            open.decrementAndGet();
            super.close();
          }
        },
        CHUNK);
  }

  private long check(FilledDisk filled, FileChannel file, long offset, long max) throws Exception {
    long end = filled.file().ready(offset, max).toCompletableFuture().get(10, TimeUnit.SECONDS);
    ByteBuffer bytes = ByteBuffer.allocate((int) (end - offset));
    while (bytes.hasRemaining()) {
      assertTrue(file.read(bytes, offset + bytes.position()) > 0);
    }
    assertArrayEquals(java.util.Arrays.copyOfRange(disk, (int) offset, (int) end), bytes.array());
    return end;
  }

  private void read(FilledDisk filled, long from, long to) throws Exception {
    try (FileChannel file = filled.open()) {
      for (long at = from; at < to; ) {
        at = check(filled, file, at, to - at);
      }
    }
  }

  @Test
  void whatWasInflatedIsThereForTheNextReaderAndAfterARestart() throws Exception {
    try (FilledDisk first = open();
        FilledDisk second = open()) {
      read(first, 0, 3 * CHUNK);
      read(second, 0, 4 * CHUNK);
      assertEquals(4, reads.get());
    }
    long charged = cache.bytes();
    assertTrue(charged >= 4 * CHUNK && charged < 5 * CHUNK, "charged " + charged);
    for (int round = 0; round < 2; round++) {
      try (FilledDisk next = open()) {
        read(next, CHUNK, 4 * CHUNK);
      }
      assertEquals(4, reads.get());
      assertEquals(charged, cache.bytes());
      start(2L * SIZE);
      assertEquals(charged, cache.bytes());
    }
    try (FilledDisk last = open()) {
      read(last, 0, SIZE);
    }
    assertEquals(41, reads.get());
  }

  @Test
  void whatACrashLeavesIsThrownAway() throws Exception {
    FilledDisk crashed = open();
    read(crashed, 0, 5 * CHUNK);
    start(2L * SIZE);
    assertEquals(0, cache.bytes());
    try (FilledDisk next = open()) {
      read(next, 0, SIZE);
    }
    assertEquals(5 + 41, reads.get());
    // The server that crashed would not have closed its source.
    open.decrementAndGet();
  }

  @Test
  void aDiskWhoseMapIsDamagedIsInflatedAnew() throws Exception {
    try (FilledDisk filled = open()) {
      read(filled, 0, SIZE);
      assertEquals(0, cache.keys(DerivedFormat.RAW).size());
    }
    Path kept = folder.resolve("cache").resolve(cache.keys(DerivedFormat.RAW).get(0).fileName());
    try (FileChannel file = FileChannel.open(kept, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {0x55}), SIZE);
    }
    start(2L * SIZE);
    try (FilledDisk next = open()) {
      assertEquals(0, next.file().readyUpTo(0, SIZE));
      read(next, 0, SIZE);
    }
  }

  @Test
  void whatIsReadIsNotEvictedAndWhatDoesNotFitIsRefused() throws Exception {
    start(10L * CHUNK);
    try (FilledDisk filled = open()) {
      read(filled, 0, 10 * CHUNK);
      ExecutionException full = assertThrows(ExecutionException.class, () -> read(filled, 0, SIZE));
      assertInstanceOf(NoRoomException.class, full.getCause());
      read(filled, 0, 10 * CHUNK);
    }
    // No room for the map either: it is not put aside.
    assertEquals(0, cache.bytes());
    assertEquals(0, folder.resolve("cache/unfinished").toFile().list().length);
  }

  @Test
  void aDiskThatWasReplacedIsNotPutAside() throws Exception {
    try (FilledDisk filled = open()) {
      read(filled, 0, CHUNK);
      Files.delete(image);
      Files.write(image, disk);
      read(filled, CHUNK, SIZE);
    }
    assertEquals(0, cache.bytes());
  }

  @Test
  void manyReadersComeAndGoAndAllGetTheRightBytes() throws Exception {
    ExecutorService readers = Executors.newFixedThreadPool(6);
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int reader = 0; reader < 6; reader++) {
        Random random = new Random(reader);
        ends.add(
            readers.submit(
                () -> {
                  for (int i = 0; i < 40; i++) {
                    try (FilledDisk filled = open()) {
                      long from = random.nextInt(SIZE - 1);
                      filled.file().readAhead(from, random.nextInt(10 * CHUNK));
                      read(filled, from, from + 1 + random.nextInt(SIZE - (int) from));
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> end : ends) {
        end.get(60, TimeUnit.SECONDS);
      }
    } finally {
      readers.shutdownNow();
    }
    assertFalse(cache.keys(DerivedFormat.RAW).isEmpty());
  }
}
