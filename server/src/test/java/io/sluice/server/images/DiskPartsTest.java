package io.sluice.server.images;

import static io.sluice.server.images.TestImage.CLUSTER;
import static io.sluice.server.images.TestImage.CLUSTERS;
import static io.sluice.server.images.TestImage.NAME;
import static io.sluice.server.images.TestImage.SIZE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sluice.server.qcow2.DamagedImageException;
import io.sluice.server.transfer.Extent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the bytes of a virtual disk come from. */
class DiskPartsTest {
  private static final int CHUNK = 256 * 1024;

  @TempDir private Path temporary;
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

  private DiskParts open() throws Exception {
    return open(Runnable::run);
  }

  private void roomOf(long budget) throws IOException {
    room.close();
    room = new DiskRoom(folder, budget);
  }

  @Test
  void whatIsStoredLeavesFromTheImageItselfInOnePiece() throws Exception {
    image.stored();
    DiskParts parts = open();
    Extent.File whole = assertInstanceOf(Extent.File.class, DiskRoom.now(parts.part(0, 1)));
    assertSame(disk.file(disk.image().files().get(0)), whole.file());
    assertEquals(SIZE, whole.length());
    assertArrayEquals(image.model(), DiskRoom.bytes(whole));
    assertEquals(0, room.cacheOpenings());
    assertEquals(0, room.cache().bytes());
  }

  @Test
  void holesAndZerosAreZerosThatAreReadFromNowhere() throws Exception {
    for (int i = 0; i < CLUSTERS; i += 2) {
      image.writer().zero(i, i % 4 == 0);
    }
    DiskParts parts = open();
    assertEquals(new Extent.Zero(SIZE), DiskRoom.now(parts.part(0, 1)));
    assertEquals(new Extent.Zero(10), DiskRoom.now(parts.part(SIZE - 10, 10)));
    assertEquals(0, room.cacheOpenings());
  }

  @Test
  void whatIsCompressedIsInflatedIntoTheCacheOnceForAll() throws Exception {
    image.compressed();
    DiskParts parts = open();
    assertArrayEquals(image.model(), DiskRoom.follow(parts, 0, SIZE));
    assertEquals(SIZE, room.cache().bytes());
    // Only the tables of the image are still in memory.
    Files.write(folder.resolve(NAME), new byte[(int) Files.size(folder.resolve(NAME))]);
    assertArrayEquals(image.model(), DiskRoom.follow(new DiskParts(disk, Runnable::run), 0, SIZE));
    assertEquals(1, room.cacheOpenings());
    assertEquals(SIZE, room.cache().bytes());
  }

  @Test
  void aMixedDiskIsItsBytesWhereverOneBegins() throws Exception {
    image.mixed();
    DiskParts parts = open();
    assertArrayEquals(image.model(), DiskRoom.follow(parts, 0, SIZE));
    for (int from : new int[] {1, CLUSTER - 1, 2 * CLUSTER + 7, 3 * CHUNK, SIZE - 1}) {
      assertArrayEquals(
          Arrays.copyOfRange(image.model(), from, SIZE),
          DiskRoom.follow(new DiskParts(disk, Runnable::run), from, SIZE));
    }
  }

  @Test
  void withoutRoomInTheCacheWhatIsCompressedIsInflatedInMemory() throws Exception {
    roomOf(1);
    image.mixed();
    DiskParts parts = open();
    assertInstanceOf(Extent.Memory.class, DiskRoom.now(parts.part(CLUSTER, 1)));
    assertArrayEquals(image.model(), DiskRoom.follow(parts, 0, SIZE));
    assertEquals(0, room.cache().bytes());
  }

  @Test
  void whatIsInTheCacheIsSentFromThereWhenTheRestHasNoRoom() throws Exception {
    roomOf(CHUNK);
    image.compressed();
    DiskParts parts = open();
    assertInstanceOf(Extent.File.class, DiskRoom.now(parts.part(0, 1)));
    assertInstanceOf(Extent.Memory.class, DiskRoom.now(parts.part(CHUNK, 1)));
    assertInstanceOf(Extent.File.class, DiskRoom.now(parts.part(10, 1)));
    assertArrayEquals(image.model(), DiskRoom.follow(parts, 0, SIZE));
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
    image.mixed();
    assertArrayEquals(image.model(), DiskRoom.follow(open(), 0, SIZE));
  }

  @Test
  void aDamagedClusterFailsWhenItIsReachedAndNotBefore() throws Exception {
    image.mixed();
    int damaged = 11;
    image.writer().compressedBytes(damaged, DiskRoom.noise(5, 600));
    DiskParts parts = open();
    int start = damaged * CLUSTER;
    assertArrayEquals(Arrays.copyOf(image.model(), start), DiskRoom.follow(parts, 0, start));
    assertInstanceOf(DamagedImageException.class, DiskRoom.failure(parts.part(start, 1)));
    assertInstanceOf(DamagedImageException.class, DiskRoom.failure(parts.part(start + 1, 1)));
    int after = start + CLUSTER;
    assertArrayEquals(
        Arrays.copyOfRange(image.model(), after, SIZE),
        DiskRoom.follow(new DiskParts(disk, Runnable::run), after, SIZE));
  }

  @Test
  void aDamagedTableFailsWhenItIsReachedAndNotBefore() throws Exception {
    image.compressed();
    int damaged = 9;
    byte[] damage = image.writer().image();
    Arrays.fill(
        damage,
        (int) image.writer().entryOffset(damaged),
        (int) image.writer().entryOffset(damaged) + 8,
        (byte) 0x3f);
    Files.write(folder.resolve(NAME), damage);
    disk = room.open(NAME);
    DiskParts parts = new DiskParts(disk, Runnable::run);
    int start = damaged * CLUSTER;
    assertArrayEquals(Arrays.copyOf(image.model(), start), DiskRoom.follow(parts, 0, start));
    assertInstanceOf(IOException.class, DiskRoom.failure(parts.part(start, 1)));
  }

  @Test
  void anImageThatBecameShorterFails() throws Exception {
    image.compressed();
    DiskParts parts = open();
    try (RandomAccessFile shorter = new RandomAccessFile(folder.resolve(NAME).toFile(), "rw")) {
      shorter.setLength(shorter.length() / 2);
    }
    assertInstanceOf(IOException.class, DiskRoom.failure(parts.part(SIZE - 1, 1)));
  }
}
