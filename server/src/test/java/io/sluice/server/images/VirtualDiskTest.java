package io.sluice.server.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.fill.FilledDisk;
import io.sluice.server.derive.fill.FillingFile;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.qcow2.Qcow2Writer;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VirtualDiskTest {
  @TempDir private Path temporary;
  private final List<Integer> chunks = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private Path folder;

  @BeforeEach
  void aFolder() throws IOException {
    folder = temporary.toRealPath();
  }

  /** The file of a disk in the cache, or one that cannot be opened. */
  private final class Filled implements FilledDisk {
    private final boolean broken;

    Filled(boolean broken) {
      this.broken = broken;
    }

    @Override
    public FillingFile file() {
      throw new AssertionError("nothing is inflated here");
    }

    @Override
    public FileChannel open() throws IOException {
      if (broken) {
        throw new IOException("broken");
      }
      events.add("opened");
      return FileChannel.open(folder.resolve("disk.qcow2"));
    }

    @Override
    public void close() {
      events.add("closed");
    }
  }

  private VirtualDisk disk(int clusterBits, boolean broken) throws Exception {
    Qcow2Writer writer = new Qcow2Writer(3, clusterBits, 1L << clusterBits);
    writer.compressed(0, new byte[1 << clusterBits], 1);
    Files.write(folder.resolve("disk.qcow2"), writer.image());
    return new VirtualDisk(
        Qcow2Disk.open(folder.resolve("disk.qcow2"), new ServedRoot(folder), DiskRoom.LATER),
        chunkBytes -> {
          chunks.add(chunkBytes);
          return new Filled(broken);
        },
        closed -> events.add("disk closed"));
  }

  @Test
  void theFileInTheCacheIsOpenedOnceWhenItIsWantedFirst() throws Exception {
    VirtualDisk disk = disk(16, false);
    assertEquals(List.of(), events);
    VirtualDisk.Inflated inflated = disk.inflated();
    assertSame(inflated, disk.inflated());
    assertEquals(List.of("opened"), events);
    assertEquals(List.of(256 * 1024), chunks);
    disk.release();
    assertEquals(List.of("opened", "disk closed", "closed"), events);
    assertFalse(inflated.file().channel().isOpen());
  }

  @Test
  void aChunkIsNoSmallerThanACluster() throws Exception {
    VirtualDisk disk = disk(21, false);
    disk.inflated();
    assertEquals(List.of(2 * 1024 * 1024), chunks);
    disk.release();
  }

  @Test
  void aFileThatCannotBeOpenedIsGivenBackAndTriedAgain() throws Exception {
    VirtualDisk disk = disk(16, true);
    assertThrows(IOException.class, disk::inflated);
    assertThrows(IOException.class, disk::inflated);
    assertEquals(List.of("closed", "closed"), events);
    disk.release();
    assertEquals(List.of("closed", "closed", "disk closed"), events);
  }

  @Test
  void theLastReferenceClosesTheFilesOfTheImage() throws Exception {
    VirtualDisk disk = disk(16, false);
    OpenFile file = disk.file(disk.image().files().get(0));
    assertTrue(disk.tryRetain());
    disk.release();
    assertTrue(file.channel().isOpen());
    disk.release();
    assertFalse(file.channel().isOpen());
    assertFalse(disk.tryRetain(), "what is closed stays closed");
  }

  @Test
  void whoReadsAheadInAFileKeepsItOpen() throws Exception {
    VirtualDisk disk = disk(16, false);
    OpenFile file = disk.file(disk.image().files().get(0));
    assertTrue(file.tryRetain());
    disk.release();
    assertEquals(1, file.refCnt());
    file.release();
    assertFalse(file.channel().isOpen());
  }
}
