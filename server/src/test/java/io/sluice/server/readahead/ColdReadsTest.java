package io.sluice.server.readahead;

import static io.sluice.server.readahead.ColdReadsScene.AHEAD;
import static io.sluice.server.readahead.ColdReadsScene.BLOCK_BYTES;
import static io.sluice.server.readahead.ColdReadsScene.SIZE;
import static io.sluice.server.readahead.ColdReadsScene.done;
import static io.sluice.server.readahead.ColdReadsScene.want;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.os.DiskReads;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColdReadsTest {
  @TempDir private Path folder;
  private ColdReadsScene scene;

  @BeforeEach
  void aLargeFile() throws IOException {
    scene = new ColdReadsScene(folder);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    scene.close();
  }

  @Test
  void aBlockNobodyHasLookedAtIsReadFirstAndThenSentUpToItsEnd() {
    assertEquals(0, scene.warmBytes(scene.file, 0, BLOCK_BYTES, 1000));
    CompletionStage<Void> ready = want(scene.reads, scene.file, 0);
    assertFalse(done(ready));
    assertEquals(
        0, scene.warmBytes(scene.file, 0, BLOCK_BYTES, 1000), "not while it is being read");
    scene.runPool();
    assertTrue(done(ready));
    assertEquals(1000, scene.warmBytes(scene.file, 0, BLOCK_BYTES, 1000));
    assertEquals(BLOCK_BYTES, scene.warmBytes(scene.file, 0, BLOCK_BYTES, Long.MAX_VALUE));
    assertEquals(1, scene.warmBytes(scene.file, BLOCK_BYTES - 1, 5, 5), "no further than is known");
    assertEquals(0, scene.warmBytes(scene.file, BLOCK_BYTES, 5, 5));
  }

  @Test
  void anotherFileIsAnotherMatter() throws IOException {
    assertTrue(scene.warm(0));
    OpenFile other = scene.file("other", SIZE);
    assertEquals(0, scene.warmBytes(other, 0, 1, 1));
    other.release();
    scene.closed.set(0);
  }

  @Test
  void whoeverWantsTheSameBlockWaitsForOneRead() {
    List<CompletionStage<Void>> machines = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      machines.add(want(scene.reads, scene.file, 7 * BLOCK_BYTES + i));
    }
    assertEquals(1, scene.pool.size());
    assertEquals(2, scene.file.refCnt(), "held while it is read");
    scene.runPool();
    assertTrue(machines.stream().allMatch(ColdReadsScene::done));
    assertEquals(1, scene.file.refCnt());
  }

  @Test
  void trustEndsWithTime() {
    assertTrue(scene.warm(0));
    scene.disk.pass(TimeUnit.SECONDS.toNanos(20));
    assertEquals(1, scene.warmBytes(scene.file, 0, 1, 1));
    scene.disk.pass(1);
    assertEquals(0, scene.warmBytes(scene.file, 0, 1, 1));
    assertTrue(scene.warm(0));
    assertEquals(1, scene.warmBytes(scene.file, 0, 1, 1));
  }

  @Test
  void onlyReadsThatTookLongCountAsCold() {
    assertTrue(scene.warm(0));
    assertEquals(0, scene.disk.coldBytes());
    scene.disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    assertTrue(scene.warm(1));
    assertEquals(BLOCK_BYTES, scene.disk.coldBytes());
  }

  @Test
  void whatTheKernelTellsGoesBeforeTheClock() {
    scene.disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    scene.disk.kernelTells(7);
    assertTrue(scene.warm(0));
    assertEquals(0, scene.disk.coldBytes());
  }

  @Test
  void theKernelTellsWhatWasReadForAThread() {
    DiskReads diskReads = new DiskReads();
    long before = diskReads.ofThisThread().orElseThrow();
    assertTrue(diskReads.ofThisThread().orElseThrow() >= before);
  }

  @Test
  void theLastBlockOfAFileCountsWithTheBytesItHas() throws IOException {
    OpenFile small = scene.file("small", BLOCK_BYTES + 10);
    scene.disk.takesAtEachLook(TimeUnit.MILLISECONDS.toNanos(1));
    want(scene.reads, small, BLOCK_BYTES);
    scene.runPool();
    assertEquals(10, scene.disk.coldBytes());
    assertEquals(10, scene.warmBytes(small, BLOCK_BYTES, 10, 10));
    small.release();
    scene.closed.set(0);
  }

  @Test
  void aFileThatCannotBeReadIsLeftToSendingToTell() throws IOException {
    OpenFile broken = scene.file("broken", BLOCK_BYTES);
    broken.channel().close();
    CompletionStage<Void> ready = want(scene.reads, broken, 0);
    scene.runPool();
    assertTrue(done(ready) && !ready.toCompletableFuture().isCompletedExceptionally());
    assertEquals(1, broken.refCnt());
    broken.release();
    scene.closed.set(0);
  }

  @Test
  void theFileIsKeptOpenForAReadThatNobodyWaitsForAnyMore() throws IOException {
    OpenFile left = scene.file("left", SIZE);
    want(scene.reads, left, 0);
    left.release();
    assertTrue(left.channel().isOpen());
    scene.runPool();
    assertFalse(left.channel().isOpen());
    assertEquals(1, scene.closed.getAndSet(0));
  }

  @Test
  void aFullPoolHangsNobody() throws IOException {
    try (Disk full =
        new Disk(
            task -> {
              throw new RejectedExecutionException("full");
            })) {
      CompletionStage<Void> ready = want(full.reads(), scene.file, 0);
      assertTrue(done(ready));
      assertEquals(1, scene.file.refCnt());
      assertEquals(
          SIZE, full.reads().warmBytes(scene.file, 0, SIZE, AHEAD, SIZE) + SIZE - BLOCK_BYTES);
    }
  }
}
