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
  private static final int AHEAD = 3;

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

  private long warmBytes(OpenFile from, long position, long remaining, long most) {
    return reads.warmBytes(new ColdReads.Want(from, position, remaining, AHEAD), most);
  }

  /** Wants one byte, and nothing that follows it. */
  private static CompletionStage<Void> want(ColdReads from, OpenFile file, long position) {
    return from.warm(new ColdReads.Want(file, position, 1, AHEAD));
  }

  private boolean warm(long stretch) {
    CompletionStage<Void> ready = want(reads, file, stretch * STRETCH);
    runPool();
    return ready.toCompletableFuture().isDone();
  }

  private static boolean done(CompletionStage<Void> stage) {
    return stage.toCompletableFuture().isDone();
  }

  @Test
  void aStretchNobodyHasLookedAtIsReadFirstAndThenSentUpToItsEnd() {
    assertEquals(0, warmBytes(file, 0, STRETCH, 1000));
    CompletionStage<Void> ready = want(reads, file, 0);
    assertFalse(done(ready));
    assertEquals(0, warmBytes(file, 0, STRETCH, 1000), "not while it is being read");
    runPool();
    assertTrue(done(ready));
    assertEquals(1000, warmBytes(file, 0, STRETCH, 1000));
    assertEquals(STRETCH, warmBytes(file, 0, STRETCH, Long.MAX_VALUE));
    assertEquals(1, warmBytes(file, STRETCH - 1, 5, 5), "no further than is known");
    assertEquals(0, warmBytes(file, STRETCH, 5, 5));
  }

  @Test
  void anotherFileIsAnotherMatter() throws IOException {
    assertTrue(warm(0));
    OpenFile other = file("other", SIZE);
    assertEquals(0, warmBytes(other, 0, 1, 1));
    other.release();
    closed.set(0);
  }

  @Test
  void whoeverWantsTheSameStretchWaitsForOneRead() {
    List<CompletionStage<Void>> machines = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      machines.add(want(reads, file, 7 * STRETCH + i));
    }
    assertEquals(1, pool.size());
    assertEquals(2, file.refCnt(), "held while it is read");
    runPool();
    assertTrue(machines.stream().allMatch(ColdReadsTest::done));
    assertEquals(1, file.refCnt());
  }

  @Test
  void asMuchIsReadAheadAsIsWantedButNotBeyondTheTransfer() {
    assertTrue(warm(0));
    warmBytes(file, 0, STRETCH, 1);
    assertEquals(0, pool.size(), "the transfer ends with the stretch");
    warmBytes(file, 5, STRETCH - 4, 1);
    assertEquals(2, file.refCnt(), "the transfer ends with the first byte of the next");
    warmBytes(file, 0, SIZE, 1);
    assertEquals(1 + AHEAD, file.refCnt());
    warmBytes(file, 0, SIZE, 1);
    assertEquals(1 + AHEAD, file.refCnt(), "once");
    runPool();
    assertEquals(1, warmBytes(file, AHEAD * STRETCH, 1, 1));
    assertEquals(0, warmBytes(file, (AHEAD + 1) * STRETCH, 1, 1));
  }

  @Test
  void whatFollowsIsReadAheadAlsoWhenTheFirstHasToBeWaitedFor() {
    reads.warm(new ColdReads.Want(file, 0, SIZE, AHEAD));
    assertEquals(2 + AHEAD, file.refCnt());
  }

  @Test
  void whoWaitsInSpiteOfItIsReadFurtherAheadFor() throws IOException {
    int ahead = ColdReads.LEAST_AHEAD;
    assertEquals(2 * ahead, reads.deeper(ahead));
    assertEquals(16, reads.deeper(16));
    try (Disk small = new Disk(pool::add, 128 << 20)) {
      assertEquals(8, small.reads().deeper(8), "what is read ahead must not push itself out");
    }
  }

  @Test
  void oneThreadReadsAFileAndHasTheDiskBusyWithWhatComesNext() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(pool::add, Disk.MEMORY, asked)) {
      told.reads().warm(new ColdReads.Want(file, 0, SIZE, 9));
      want(told.reads(), file, 300 * STRETCH);
      assertEquals(1, pool.size());
      runPool();
    }
    assertEquals(
        List.of("begin 0-7", "finish 0", "finish 1", "finish 2", "finish 3"), asked.subList(0, 5));
    assertEquals(List.of("begin 8-9", "begin 300", "finish 4"), asked.subList(5, 8));
    assertEquals("finish 300", asked.get(13), "the transfer that is far ahead comes last");
    assertEquals(14, asked.size());
  }

  @Test
  void everyFileHasItsTurn() throws IOException {
    OpenFile other = file("other", SIZE);
    for (long stretch = 0; stretch < 100; stretch++) {
      want(reads, file, stretch * STRETCH);
    }
    CompletionStage<Void> last = want(reads, file, 599 * STRETCH);
    CompletionStage<Void> elsewhere = want(reads, other, 0);
    pool.remove().run();
    pool.remove().run();
    assertTrue(done(elsewhere) && !done(last));
    runPool();
    assertTrue(done(last));
    other.release();
    closed.set(0);
  }

  @Test
  void soManyReadsAheadMayWaitAndNoMoreWhileThoseSomebodyWaitsForAlwaysMay() {
    for (long stretch = 0; stretch < 400; stretch += 4) {
      assertTrue(warm(stretch));
    }
    for (long stretch = 0; stretch < 400; stretch += 4) {
      warmBytes(file, stretch * STRETCH, SIZE - stretch * STRETCH, 1);
    }
    assertEquals(1 + 256, file.refCnt());
    CompletionStage<Void> wanted = want(reads, file, 599 * STRETCH);
    assertEquals(1 + 257, file.refCnt());
    runPool();
    assertTrue(done(wanted));
  }

  @Test
  void whoIsFurthestBehindIsReadForFirst() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(pool::add, Disk.MEMORY, asked)) {
      want(told.reads(), file, 500 * STRETCH);
      want(told.reads(), file, 2 * STRETCH);
      want(told.reads(), file, 100 * STRETCH);
      runPool();
    }
    assertEquals(List.of("begin 2", "begin 100", "begin 500"), asked.subList(0, 3));
  }

  @Test
  void whoHasWaitedLongIsReadForBeforeSomebodyWhoIsFurtherBehind() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(pool::add, Disk.MEMORY, asked)) {
      want(told.reads(), file, 500 * STRETCH);
      // 500 stretches of 512 KiB are 262 MB, a second of patience for which is 256 MB.
      told.pass(TimeUnit.MILLISECONDS.toNanos(1100));
      want(told.reads(), file, 0);
      runPool();
    }
    assertEquals(List.of("begin 500", "begin 0"), asked.subList(0, 2));
  }

  @Test
  void trustEndsWithTime() {
    assertTrue(warm(0));
    disk.pass(TimeUnit.SECONDS.toNanos(20));
    assertEquals(1, warmBytes(file, 0, 1, 1));
    disk.pass(1);
    assertEquals(0, warmBytes(file, 0, 1, 1));
    assertTrue(warm(0));
    assertEquals(1, warmBytes(file, 0, 1, 1));
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
    want(reads, small, STRETCH);
    runPool();
    assertEquals(10, disk.coldBytes());
    assertEquals(10, warmBytes(small, STRETCH, 10, 10));
    small.release();
    closed.set(0);
  }

  @Test
  void aFileThatCannotBeReadIsLeftToSendingToTell() throws IOException {
    OpenFile broken = file("broken", STRETCH);
    broken.channel().close();
    CompletionStage<Void> ready = want(reads, broken, 0);
    runPool();
    assertTrue(done(ready) && !ready.toCompletableFuture().isCompletedExceptionally());
    assertEquals(1, broken.refCnt());
    broken.release();
    closed.set(0);
  }

  @Test
  void theFileIsKeptOpenForAReadThatNobodyWaitsForAnyMore() throws IOException {
    OpenFile left = file("left", SIZE);
    want(reads, left, 0);
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
      CompletionStage<Void> ready = want(full.reads(), file, 0);
      assertTrue(done(ready));
      assertEquals(1, file.refCnt());
      assertEquals(
          SIZE,
          full.reads().warmBytes(new ColdReads.Want(file, 0, SIZE, AHEAD), SIZE) + SIZE - STRETCH);
    }
  }
}
