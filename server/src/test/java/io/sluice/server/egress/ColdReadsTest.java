package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdReadsTest {
  private static final long STRETCH = ColdReads.STRETCH;
  private static final long SIZE = 600 * STRETCH;

  @TempDir private Path folder;
  private final Deque<Runnable> pool = new ArrayDeque<>();
  private final AtomicInteger closed = new AtomicInteger();
  private Disk disk;
  private ColdReads reads;
  private OpenFile file;

  @BeforeEach
  void aLargeFile() throws IOException {
    disk = new Disk(pool::add);
    reads = disk.reads();
    file = file("image", SIZE);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    runPool();
    assertEquals(1, file.refCnt());
    file.release();
    assertEquals(1, closed.get());
    disk.close();
  }

  private OpenFile file(String name, long size) throws IOException {
    Path path = folder.resolve(name);
    try (RandomAccessFile made = new RandomAccessFile(path.toFile(), "rw")) {
      made.setLength(size);
    }
    return new OpenFile(FileChannel.open(path), self -> closed.incrementAndGet());
  }

  private void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
  }

  private boolean warm(long stretch) {
    CompletionStage<Void> ready = reads.warm(file, stretch * STRETCH);
    runPool();
    return ready.toCompletableFuture().isDone();
  }

  private static boolean done(CompletionStage<Void> stage) {
    return stage.toCompletableFuture().isDone();
  }

  @Test
  void aStretchNobodyHasLookedAtIsReadFirstAndThenSentUpToItsEnd() {
    assertEquals(0, reads.warmBytes(file, 0, STRETCH, 1000));
    CompletionStage<Void> ready = reads.warm(file, 0);
    assertFalse(done(ready));
    assertEquals(0, reads.warmBytes(file, 0, STRETCH, 1000), "not while it is being read");
    runPool();
    assertTrue(done(ready));
    assertEquals(1000, reads.warmBytes(file, 0, STRETCH, 1000));
    assertEquals(STRETCH, reads.warmBytes(file, 0, STRETCH, Long.MAX_VALUE));
    assertEquals(1, reads.warmBytes(file, STRETCH - 1, 5, 5), "no further than is known");
    assertEquals(0, reads.warmBytes(file, STRETCH, 5, 5));
  }

  @Test
  void anotherFileIsAnotherMatter() throws IOException {
    assertTrue(warm(0));
    OpenFile other = file("other", SIZE);
    assertEquals(0, reads.warmBytes(other, 0, 1, 1));
    other.release();
    closed.set(0);
  }

  @Test
  void whoeverWantsTheSameStretchWaitsForOneRead() {
    List<CompletionStage<Void>> machines = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      machines.add(reads.warm(file, 7 * STRETCH + i));
    }
    assertEquals(1, pool.size());
    assertEquals(2, file.refCnt(), "held while it is read");
    runPool();
    assertTrue(machines.stream().allMatch(ColdReadsTest::done));
    assertEquals(1, file.refCnt());
  }

  @Test
  void threeStretchesAreReadAheadButNotBeyondTheTransfer() {
    assertTrue(warm(0));
    reads.warmBytes(file, 0, STRETCH, 1);
    assertEquals(0, pool.size(), "the transfer ends with the stretch");
    reads.warmBytes(file, 5, STRETCH - 4, 1);
    assertEquals(1, pool.size(), "the transfer ends with the first byte of the next");
    reads.warmBytes(file, 0, SIZE, 1);
    assertEquals(3, pool.size());
    reads.warmBytes(file, 0, SIZE, 1);
    assertEquals(3, pool.size(), "once");
    runPool();
    assertEquals(1, reads.warmBytes(file, 3 * STRETCH, 1, 1));
    assertEquals(0, reads.warmBytes(file, 4 * STRETCH, 1, 1));
  }

  @Test
  void soManyReadsAheadMayWaitAndNoMoreWhileThoseSomebodyWaitsForAlwaysMay() {
    for (long stretch = 0; stretch < 400; stretch += 4) {
      assertTrue(warm(stretch));
    }
    for (long stretch = 0; stretch < 400; stretch += 4) {
      reads.warmBytes(file, stretch * STRETCH, SIZE - stretch * STRETCH, 1);
    }
    assertEquals(256, pool.size());
    CompletionStage<Void> wanted = reads.warm(file, 599 * STRETCH);
    assertEquals(257, pool.size());
    runPool();
    assertTrue(done(wanted));
  }

  @Test
  void whoIsFurthestBehindIsReadForFirst() {
    CompletionStage<Void> ahead = reads.warm(file, 500 * STRETCH);
    CompletionStage<Void> behind = reads.warm(file, 2 * STRETCH);
    CompletionStage<Void> between = reads.warm(file, 100 * STRETCH);
    pool.remove().run();
    assertTrue(done(behind) && !done(between) && !done(ahead));
    pool.remove().run();
    assertTrue(done(between) && !done(ahead));
  }

  @Test
  void whoHasWaitedLongIsReadForBeforeSomebodyWhoIsFurtherBehind() {
    CompletionStage<Void> ahead = reads.warm(file, 500 * STRETCH);
    // 500 stretches of 512 KiB are 262 MB, a second of patience for which is 256 MB.
    disk.pass(TimeUnit.MILLISECONDS.toNanos(1100));
    CompletionStage<Void> behind = reads.warm(file, 0);
    pool.remove().run();
    assertTrue(done(ahead) && !done(behind));
  }

  @Test
  void trustEndsWithTime() {
    assertTrue(warm(0));
    disk.pass(TimeUnit.SECONDS.toNanos(20));
    assertEquals(1, reads.warmBytes(file, 0, 1, 1));
    disk.pass(1);
    assertEquals(0, reads.warmBytes(file, 0, 1, 1));
    assertTrue(warm(0));
    assertEquals(1, reads.warmBytes(file, 0, 1, 1));
  }

  @Test
  void onlyReadsThatTookLongCountAsCold() {
    assertTrue(warm(0));
    assertEquals(0, disk.coldBytes());
    disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    assertTrue(warm(1));
    assertEquals(STRETCH, disk.coldBytes());
  }

  @Test
  void whatTheKernelTellsGoesBeforeTheClock() {
    disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    disk.kernelTells(7);
    assertTrue(warm(0));
    assertEquals(0, disk.coldBytes());
  }

  @Test
  void theKernelTellsWhatWasReadForAThread() {
    DiskReads diskReads = new DiskReads();
    long before = diskReads.ofThisThread().orElseThrow();
    assertTrue(diskReads.ofThisThread().orElseThrow() >= before);
  }

  @Test
  void theLastStretchOfAFileCountsWithTheBytesItHas() throws IOException {
    OpenFile small = file("small", STRETCH + 10);
    disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    reads.warm(small, STRETCH);
    runPool();
    assertEquals(10, disk.coldBytes());
    assertEquals(10, reads.warmBytes(small, STRETCH, 10, 10));
    small.release();
    closed.set(0);
  }

  @Test
  void aFileThatCannotBeReadIsLeftToSendingToTell() throws IOException {
    OpenFile broken = file("broken", STRETCH);
    broken.channel().close();
    CompletionStage<Void> ready = reads.warm(broken, 0);
    runPool();
    assertTrue(done(ready) && !ready.toCompletableFuture().isCompletedExceptionally());
    assertEquals(1, broken.refCnt());
    broken.release();
    closed.set(0);
  }

  @Test
  void theFileIsKeptOpenForAReadThatNobodyWaitsForAnyMore() throws IOException {
    OpenFile left = file("left", SIZE);
    reads.warm(left, 0);
    left.release();
    assertTrue(left.channel().isOpen());
    runPool();
    assertFalse(left.channel().isOpen());
    assertEquals(1, closed.getAndSet(0));
  }

  @Test
  void aFullPoolHangsNobody() throws IOException {
    try (Disk full =
        new Disk(
            task -> {
              throw new RejectedExecutionException("full");
            })) {
      CompletionStage<Void> ready = full.reads().warm(file, 0);
      assertTrue(done(ready));
      assertEquals(1, file.refCnt());
      assertEquals(SIZE, full.reads().warmBytes(file, 0, SIZE, SIZE) + SIZE - STRETCH);
    }
  }

  /**
   * The threads of the pool take what is most urgent, not what they were started for: so the read
   * the pool has no room for may already have been done by a thread that was started for another.
   */
  @Test
  void aPoolThatIsFullJustWhenAnotherThreadTookTheReadHangsNobody() throws IOException {
    boolean[] full = {false};
    try (Disk busy =
        new Disk(
            task -> {
              if (full[0]) {
                runPool();
                throw new RejectedExecutionException("full");
              }
              pool.add(task);
            })) {
      CompletionStage<Void> ahead = busy.reads().warm(file, 500 * STRETCH);
      full[0] = true;
      CompletionStage<Void> behind = busy.reads().warm(file, 0);
      assertTrue(done(behind));
      assertTrue(done(ahead));
      assertEquals(1, file.refCnt());
    }
  }
}
