package io.sluice.server.images;

import static io.sluice.server.images.TestImage.CLUSTER;
import static io.sluice.server.images.TestImage.NAME;
import static io.sluice.server.images.TestImage.SIZE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.sluice.server.transfer.Extent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the bytes of a virtual disk are looked up. */
class DiskPartsLookUpTest {
  @TempDir private Path temporary;
  private final Deque<Runnable> pool = new ArrayDeque<>();
  private final TestImage image = new TestImage();
  private Path folder;
  private DiskRoom room;
  private VirtualDisk disk;

  @BeforeEach
  void aRoom() throws IOException {
    folder = temporary.toRealPath();
    room = new DiskRoom(folder, DiskRoom.PLENTY);
  }

  @AfterEach
  void onlyTheReferenceOfTheTestIsLeft() throws IOException {
    if (disk != null) {
      assertEquals(1, disk.refCnt());
      disk.release();
    }
    room.close();
  }

  private DiskParts open(Executor executor) throws Exception {
    Files.write(folder.resolve(NAME), image.writer().image());
    disk = room.open(NAME);
    return new DiskParts(disk, executor);
  }

  private void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
  }

  @Test
  void whatIsLookedUpIsAskedForAgainWithoutLookingItUpTwice() throws Exception {
    image.mixed();
    DiskParts parts = open(pool::add);
    CompletionStage<Extent> first = parts.part(5, 100);
    CompletionStage<Extent> again = parts.part(5, 100);
    assertEquals(1, pool.size());
    pool.remove().run();
    assertEquals(DiskRoom.now(first), DiskRoom.now(again));
    assertEquals(CLUSTER - 5, DiskRoom.now(parts.part(5, 100)).length());
  }

  @Test
  void theNextStretchIsLookedUpWhileOneIsSent() throws Exception {
    image.mixed();
    DiskParts parts = open(pool::add);
    parts.part(0, 1);
    runPool();
    assertEquals(CLUSTER, DiskRoom.now(parts.part(0, 1)).length());
    assertEquals(1, pool.size(), "what comes behind it");
    DiskRoom.now(parts.part(CLUSTER - 1, 1));
    assertEquals(1, pool.size(), "once");
    runPool();
    assertInstanceOf(Extent.File.class, DiskRoom.now(parts.part(CLUSTER, 1)));
  }

  @Test
  void whoLeapsWhileTheNextStretchIsLookedUpGetsWhatItLeapsTo() throws Exception {
    image.mixed();
    DiskParts parts = open(pool::add);
    parts.part(0, 1);
    runPool();
    DiskRoom.now(parts.part(0, 1));
    assertEquals(1, pool.size(), "the next one is being looked up");
    for (int offset : new int[] {10 * CLUSTER + 3, 10, SIZE - 1}) {
      CompletionStage<Extent> leapt = parts.part(offset, 1);
      runPool();
      assertEquals(image.model()[offset], DiskRoom.bytes(DiskRoom.now(leapt))[0], "at " + offset);
    }
  }

  @Test
  void aPoolThatRefusesFailsWhatWasAskedForAndIsTriedAgain() throws Exception {
    image.mixed();
    boolean[] full = {true};
    DiskParts parts =
        open(
            task -> {
              if (full[0]) {
                throw new RejectedExecutionException("full");
              }
              task.run();
            });
    assertInstanceOf(RejectedExecutionException.class, DiskRoom.failure(parts.part(0, 1)));
    full[0] = false;
    assertArrayEquals(image.model(), DiskRoom.follow(parts, 0, SIZE));
  }

  @Test
  void whatIsLookedUpAfterEverybodyHasGoneOpensNothing() throws Exception {
    image.compressed();
    DiskParts parts = open(pool::add);
    CompletionStage<Extent> part = parts.part(0, 1);
    disk.release();
    runPool();
    assertInstanceOf(ClosedChannelException.class, DiskRoom.failure(part));
    assertEquals(0, room.cacheOpenings());
    disk = null;
  }
}
