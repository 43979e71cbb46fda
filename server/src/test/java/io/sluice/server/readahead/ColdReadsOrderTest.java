package io.sluice.server.readahead;

import static io.sluice.server.readahead.ColdReadsScene.AHEAD;
import static io.sluice.server.readahead.ColdReadsScene.BLOCK_BYTES;
import static io.sluice.server.readahead.ColdReadsScene.SIZE;
import static io.sluice.server.readahead.ColdReadsScene.done;
import static io.sluice.server.readahead.ColdReadsScene.want;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read first, and how far ahead. */
class ColdReadsOrderTest {
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
  void asMuchIsReadAheadAsIsWantedButNotBeyondTheTransfer() {
    assertTrue(scene.warm(0));
    scene.warmBytes(scene.file, 0, BLOCK_BYTES, 1);
    assertEquals(0, scene.pool.size(), "the transfer ends with the block");
    scene.warmBytes(scene.file, 5, BLOCK_BYTES - 4, 1);
    assertEquals(2, scene.file.refCnt(), "the transfer ends with the first byte of the next");
    scene.warmBytes(scene.file, 0, SIZE, 1);
    assertEquals(1 + AHEAD, scene.file.refCnt());
    scene.warmBytes(scene.file, 0, SIZE, 1);
    assertEquals(1 + AHEAD, scene.file.refCnt(), "once");
    scene.runPool();
    assertEquals(1, scene.warmBytes(scene.file, AHEAD * BLOCK_BYTES, 1, 1));
    assertEquals(0, scene.warmBytes(scene.file, (AHEAD + 1) * BLOCK_BYTES, 1, 1));
  }

  @Test
  void whatFollowsIsReadAheadAlsoWhenTheFirstHasToBeWaitedFor() {
    scene.reads.warm(scene.file, 0, SIZE, AHEAD);
    assertEquals(2 + AHEAD, scene.file.refCnt());
  }

  @Test
  void whoWaitsInSpiteOfItIsReadFurtherAheadFor() throws IOException {
    int ahead = ColdReads.LEAST_AHEAD;
    assertEquals(2 * ahead, scene.reads.deeper(ahead));
    assertEquals(16, scene.reads.deeper(16));
    try (Disk small = new Disk(scene.pool::add, 128 << 20)) {
      assertEquals(8, small.reads().deeper(8), "what is read ahead must not push itself out");
    }
  }

  @Test
  void oneThreadReadsAFileAndHasTheDiskBusyWithWhatComesNext() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(scene.pool::add, Disk.MEMORY, asked)) {
      told.reads().warm(scene.file, 0, SIZE, 9);
      want(told.reads(), scene.file, 300 * BLOCK_BYTES);
      assertEquals(1, scene.pool.size());
      scene.runPool();
    }
    assertEquals(
        List.of("begin 0-7", "finish 0", "finish 1", "finish 2", "finish 3"), asked.subList(0, 5));
    assertEquals(List.of("begin 8-9", "begin 300", "finish 4"), asked.subList(5, 8));
    assertEquals("finish 300", asked.get(13), "the transfer that is far ahead comes last");
    assertEquals(14, asked.size());
  }

  @Test
  void everyFileHasItsTurn() throws IOException {
    OpenFile other = scene.file("other", SIZE);
    for (long block = 0; block < 100; block++) {
      want(scene.reads, scene.file, block * BLOCK_BYTES);
    }
    CompletionStage<Void> last = want(scene.reads, scene.file, 599 * BLOCK_BYTES);
    CompletionStage<Void> elsewhere = want(scene.reads, other, 0);
    scene.pool.remove().run();
    scene.pool.remove().run();
    assertTrue(done(elsewhere) && !done(last));
    scene.runPool();
    assertTrue(done(last));
    other.release();
    scene.closed.set(0);
  }

  @Test
  void soManyReadsAheadMayWaitAndNoMoreWhileThoseSomebodyWaitsForAlwaysMay() {
    for (long block = 0; block < 400; block += 4) {
      assertTrue(scene.warm(block));
    }
    for (long block = 0; block < 400; block += 4) {
      scene.warmBytes(scene.file, block * BLOCK_BYTES, SIZE - block * BLOCK_BYTES, 1);
    }
    assertEquals(1 + 256, scene.file.refCnt());
    CompletionStage<Void> wanted = want(scene.reads, scene.file, 599 * BLOCK_BYTES);
    assertEquals(1 + 257, scene.file.refCnt());
    scene.runPool();
    assertTrue(done(wanted));
  }

  @Test
  void whoIsFurthestBehindIsReadForFirst() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(scene.pool::add, Disk.MEMORY, asked)) {
      want(told.reads(), scene.file, 500 * BLOCK_BYTES);
      want(told.reads(), scene.file, 2 * BLOCK_BYTES);
      want(told.reads(), scene.file, 100 * BLOCK_BYTES);
      scene.runPool();
    }
    assertEquals(List.of("begin 2", "begin 100", "begin 500"), asked.subList(0, 3));
  }

  @Test
  void whoHasWaitedLongIsReadForBeforeSomebodyWhoIsFurtherBehind() throws IOException {
    List<String> asked = new ArrayList<>();
    try (Disk told = new Disk(scene.pool::add, Disk.MEMORY, asked)) {
      want(told.reads(), scene.file, 500 * BLOCK_BYTES);
      // 500 blocks of 512 KiB are 262 MB, a second of patience for which is 256 MB.
      told.pass(TimeUnit.MILLISECONDS.toNanos(1100));
      want(told.reads(), scene.file, 0);
      scene.runPool();
    }
    assertEquals(List.of("begin 500", "begin 0"), asked.subList(0, 2));
  }
}
