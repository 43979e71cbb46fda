package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.egress.Extent;
import io.sluice.server.qcow2.DamagedImageException;
import io.sluice.server.qcow2.Qcow2Writer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskPartsTest {
  private static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  private static final int CHUNK = 256 * 1024;
  private static final int CLUSTERS = 24;
  private static final int SIZE = CLUSTERS * CLUSTER - 1000;
  private static final String NAME = "disk.qcow2";

  @TempDir private Path temporary;
  private final Deque<Runnable> pool = new ArrayDeque<>();
  private final byte[] model = new byte[SIZE];
  private Qcow2Writer writer = new Qcow2Writer(3, CLUSTER_BITS, SIZE);
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

  private byte[] content(int cluster) {
    byte[] bytes = DiskRoom.noise(cluster, CLUSTER);
    int start = cluster * CLUSTER;
    System.arraycopy(bytes, 0, model, start, Math.min(CLUSTER, SIZE - start));
    return bytes;
  }

  private DiskParts open(Executor executor) throws Exception {
    Files.write(folder.resolve(NAME), writer.image());
    disk = room.open(NAME);
    return new DiskParts(disk, executor);
  }

  private DiskParts open() throws Exception {
    return open(Runnable::run);
  }

  private void roomOf(long budget) throws IOException {
    room.close();
    room = new DiskRoom(folder, budget);
  }

  private static Extent now(CompletionStage<Extent> part) {
    CompletableFuture<Extent> future = part.toCompletableFuture();
    assertTrue(future.isDone());
    return future.join();
  }

  private static Throwable failure(CompletionStage<Extent> part) {
    return assertThrows(ExecutionException.class, () -> part.toCompletableFuture().get())
        .getCause();
  }

  private void runPool() {
    while (!pool.isEmpty()) {
      pool.remove().run();
    }
  }

  /** Clusters of every kind, one after the other. */
  private void mixed() {
    for (int i = 0; i < CLUSTERS; i++) {
      switch (i % 5) {
        case 0 -> writer.stored(i, content(i));
        case 1, 2 -> writer.compressed(i, content(i), i);
        case 3 -> writer.zero(i, true);
        default -> {
          // a hole
        }
      }
    }
  }

  @Test
  void whatIsStoredLeavesFromTheImageItselfInOnePiece() throws Exception {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.stored(i, content(i));
    }
    DiskParts parts = open();
    Extent.File whole = assertInstanceOf(Extent.File.class, now(parts.part(0, 1)));
    assertSame(disk.file(disk.image().files().get(0)), whole.file());
    assertEquals(SIZE, whole.length());
    assertArrayEquals(model, DiskRoom.bytes(whole));
    assertEquals(0, room.cacheOpenings());
    assertEquals(0, room.cache().bytes());
  }

  @Test
  void holesAndZerosAreZerosThatAreReadFromNowhere() throws Exception {
    for (int i = 0; i < CLUSTERS; i += 2) {
      writer.zero(i, i % 4 == 0);
    }
    DiskParts parts = open();
    assertEquals(new Extent.Zero(SIZE), now(parts.part(0, 1)));
    assertEquals(new Extent.Zero(10), now(parts.part(SIZE - 10, 10)));
    assertEquals(0, room.cacheOpenings());
  }

  @Test
  void whatIsCompressedIsInflatedIntoTheCacheOnceForAll() throws Exception {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.compressed(i, content(i), i);
    }
    DiskParts parts = open();
    assertArrayEquals(model, DiskRoom.follow(parts, 0, SIZE));
    assertEquals(SIZE, room.cache().bytes());
    // Were it inflated again, this would show.
    Files.write(folder.resolve(NAME), new byte[(int) Files.size(folder.resolve(NAME))]);
    DiskParts next = new DiskParts(disk, pool::add);
    CompletableFuture<Extent> first = next.part(0, 1).toCompletableFuture();
    assertFalse(first.isDone(), "where it is, is looked up on the pool");
    runPool();
    assertInstanceOf(Extent.File.class, first.join());
    assertEquals(1, room.cacheOpenings());
    assertEquals(SIZE, room.cache().bytes());
  }

  @Test
  void aMixedDiskIsItsBytesWhereverOneBegins() throws Exception {
    mixed();
    DiskParts parts = open();
    assertArrayEquals(model, DiskRoom.follow(parts, 0, SIZE));
    for (int from : new int[] {1, CLUSTER - 1, 2 * CLUSTER + 7, 3 * CHUNK, SIZE - 1}) {
      assertArrayEquals(
          Arrays.copyOfRange(model, from, SIZE),
          DiskRoom.follow(new DiskParts(disk, Runnable::run), from, SIZE));
    }
  }

  @Test
  void withoutRoomInTheCacheWhatIsCompressedIsInflatedInMemory() throws Exception {
    roomOf(1);
    mixed();
    DiskParts parts = open();
    assertInstanceOf(Extent.Memory.class, now(parts.part(CLUSTER, 1)));
    assertArrayEquals(model, DiskRoom.follow(parts, 0, SIZE));
    assertEquals(0, room.cache().bytes());
  }

  @Test
  void whatIsInTheCacheIsSentFromThereWhenTheRestHasNoRoom() throws Exception {
    roomOf(CHUNK);
    for (int i = 0; i < CLUSTERS; i++) {
      writer.compressed(i, content(i), i);
    }
    DiskParts parts = open();
    assertInstanceOf(Extent.File.class, now(parts.part(0, 1)));
    assertInstanceOf(Extent.Memory.class, now(parts.part(CHUNK, 1)));
    assertInstanceOf(Extent.File.class, now(parts.part(10, 1)));
    assertArrayEquals(model, DiskRoom.follow(parts, 0, SIZE));
  }

  @Test
  void inflatersThatAreOverrunLeaveItToWhoeverReads() throws Exception {
    room.close();
    room =
        new DiskRoom(
            folder,
            DiskRoom.PLENTY,
            task -> {
              throw new RejectedExecutionException("full");
            });
    mixed();
    assertArrayEquals(model, DiskRoom.follow(open(), 0, SIZE));
  }

  @Test
  void aDamagedClusterFailsWhenItIsReachedAndNotBefore() throws Exception {
    mixed();
    int damaged = 11;
    writer.compressedBytes(damaged, DiskRoom.noise(5, 600));
    DiskParts parts = open();
    int start = damaged * CLUSTER;
    assertArrayEquals(Arrays.copyOf(model, start), DiskRoom.follow(parts, 0, start));
    assertInstanceOf(DamagedImageException.class, failure(parts.part(start, 1)));
    assertInstanceOf(DamagedImageException.class, failure(parts.part(start + 1, 1)));
    int after = start + CLUSTER;
    assertArrayEquals(
        Arrays.copyOfRange(model, after, SIZE),
        DiskRoom.follow(new DiskParts(disk, Runnable::run), after, SIZE));
  }

  @Test
  void aDamagedTableFailsWhenItIsReachedAndNotBefore() throws Exception {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.compressed(i, content(i), i);
    }
    int damaged = 9;
    byte[] image = writer.image();
    Arrays.fill(
        image,
        (int) writer.entryOffset(damaged),
        (int) writer.entryOffset(damaged) + 8,
        (byte) 0x3f);
    Files.write(folder.resolve(NAME), image);
    disk = room.open(NAME);
    DiskParts parts = new DiskParts(disk, Runnable::run);
    int start = damaged * CLUSTER;
    assertArrayEquals(Arrays.copyOf(model, start), DiskRoom.follow(parts, 0, start));
    assertInstanceOf(IOException.class, failure(parts.part(start, 1)));
  }

  @Test
  void anImageThatBecameShorterFails() throws Exception {
    for (int i = 0; i < CLUSTERS; i++) {
      writer.compressed(i, content(i), i);
    }
    DiskParts parts = open();
    try (RandomAccessFile shorter = new RandomAccessFile(folder.resolve(NAME).toFile(), "rw")) {
      shorter.setLength(shorter.length() / 2);
    }
    assertInstanceOf(IOException.class, failure(parts.part(SIZE - 1, 1)));
  }

  @Test
  void whatIsLookedUpIsAskedForAgainWithoutLookingItUpTwice() throws Exception {
    mixed();
    DiskParts parts = open(pool::add);
    CompletionStage<Extent> first = parts.part(5, 100);
    CompletionStage<Extent> again = parts.part(5, 100);
    assertEquals(1, pool.size());
    pool.remove().run();
    assertEquals(now(first), now(again));
    assertEquals(CLUSTER - 5, now(parts.part(5, 100)).length());
  }

  @Test
  void theNextStretchIsLookedUpWhileOneIsSent() throws Exception {
    mixed();
    DiskParts parts = open(pool::add);
    parts.part(0, 1);
    runPool();
    assertEquals(CLUSTER, now(parts.part(0, 1)).length());
    assertEquals(1, pool.size(), "what comes behind it");
    now(parts.part(CLUSTER - 1, 1));
    assertEquals(1, pool.size(), "once");
    runPool();
    assertInstanceOf(Extent.File.class, now(parts.part(CLUSTER, 1)));
  }

  @Test
  void whoLeapsWhileTheNextStretchIsLookedUpGetsWhatItLeapsTo() throws Exception {
    mixed();
    DiskParts parts = open(pool::add);
    parts.part(0, 1);
    runPool();
    now(parts.part(0, 1));
    assertEquals(1, pool.size(), "the next one is being looked up");
    for (int offset : new int[] {10 * CLUSTER + 3, 10, SIZE - 1}) {
      CompletionStage<Extent> leapt = parts.part(offset, 1);
      runPool();
      assertEquals(model[offset], DiskRoom.bytes(now(leapt))[0], "at " + offset);
    }
  }

  @Test
  void aPoolThatRefusesFailsWhatWasAskedForAndIsTriedAgain() throws Exception {
    mixed();
    boolean[] full = {true};
    DiskParts parts =
        open(
            task -> {
              if (full[0]) {
                throw new RejectedExecutionException("full");
              }
              task.run();
            });
    assertInstanceOf(RejectedExecutionException.class, failure(parts.part(0, 1)));
    full[0] = false;
    assertArrayEquals(model, DiskRoom.follow(parts, 0, SIZE));
  }

  @Test
  void whatIsLookedUpAfterEverybodyHasGoneOpensNothing() throws Exception {
    writer.compressed(0, content(0), 0);
    DiskParts parts = open(pool::add);
    CompletionStage<Extent> part = parts.part(0, 1);
    disk.release();
    runPool();
    assertInstanceOf(ClosedChannelException.class, failure(part));
    assertEquals(0, room.cacheOpenings());
    disk = null;
  }
}
