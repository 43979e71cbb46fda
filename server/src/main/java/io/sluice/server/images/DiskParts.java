package io.sluice.server.images;

import io.sluice.server.derive.fill.FillingFile;
import io.sluice.server.qcow2.DiskExtent;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.PartSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a virtual disk for one answer. Where its bytes are is looked up on a pool, an extent
 * at a time, and the next extent while one is being sent. Asked on one loop at a time.
 */
final class DiskParts implements PartSource {
  private static final Logger LOG = LoggerFactory.getLogger(DiskParts.class);

  /** How much of the disk one look-up covers at most, in bytes. */
  private static final long LONGEST_EXTENT = 64L * 1024 * 1024;

  /** The next extent is looked up when so much of this one is left, in bytes. */
  private static final long NEXT_AHEAD = 4L * 1024 * 1024;

  /** What is inflated before a reader comes to it, in bytes. */
  private static final long INFLATED_AHEAD = 4L * 1024 * 1024;

  /** What is read into memory at a time where the cache is of no use, in bytes. */
  private static final int IN_MEMORY = 128 * 1024;

  private final VirtualDisk disk;
  private final Executor pool;
  private final long size;
  private @Nullable LookUp here;
  private @Nullable LookUp next;

  /**
   * An extent of the disk that was looked up.
   *
   * @param start where on the disk
   * @param extent what to send
   */
  private record MappedExtent(long start, Extent extent) {
    boolean covers(long offset) {
      return offset >= start && offset < end();
    }

    long end() {
      return start + extent.length();
    }

    Extent from(long offset) {
      return extent.slice(offset - start, end() - offset);
    }
  }

  /** A look-up that was begun for the bytes from an offset on. */
  private record LookUp(long start, CompletableFuture<MappedExtent> found) {
    boolean isThere() {
      return found.isDone() && !found.isCompletedExceptionally();
    }

    /** What is not known yet is of use only to a reader that wants its very beginning. */
    boolean isFor(long offset) {
      return found.isDone() ? isThere() && found.join().covers(offset) : offset == start;
    }
  }

  DiskParts(VirtualDisk disk, Executor pool) {
    this.disk = disk;
    this.pool = pool;
    this.size = disk.image().virtualSize();
  }

  @Override
  public CompletionStage<Extent> part(long offset, long most) {
    LookUp current = covering(offset);
    here = current;
    if (current.isThere()) {
      MappedExtent mapped = current.found().join();
      if (next == null && mapped.end() < size && mapped.end() - offset <= NEXT_AHEAD) {
        next = lookUp(mapped.end());
      }
    }
    return current.found().thenApply(mapped -> mapped.from(offset));
  }

  /** What was looked up for this offset, or is being looked up; a failure is tried again. */
  private LookUp covering(long offset) {
    LookUp current = here;
    if (current != null && current.isFor(offset)) {
      return current;
    }
    LookUp following = next;
    next = null;
    return following != null && following.isFor(offset) ? following : lookUp(offset);
  }

  private LookUp lookUp(long offset) {
    return new LookUp(offset, onPool(() -> mappedAt(offset)));
  }

  /** A client that goes away while the disk is read does not close it for the thread that reads. */
  private CompletableFuture<MappedExtent> onPool(BlockingStage<MappedExtent> work) {
    BlockingStage<MappedExtent> retaining =
        () -> {
          if (!disk.tryRetain()) {
            throw new ClosedChannelException();
          }
          try {
            return work.begin();
          } finally {
            disk.release();
          }
        };
    return retaining.on(pool, disk.image().files().get(0).toString());
  }

  private CompletionStage<MappedExtent> mappedAt(long offset) throws IOException {
    DiskExtent extent = disk.image().map(offset, LONGEST_EXTENT);
    if (extent instanceof DiskExtent.Stored stored) {
      Extent file = new Extent.File(disk.file(stored.file()), stored.offset(), stored.length());
      return CompletableFuture.completedFuture(new MappedExtent(offset, file));
    }
    if (extent instanceof DiskExtent.Zero zero) {
      return CompletableFuture.completedFuture(
          new MappedExtent(offset, new Extent.Zero(zero.length())));
    }
    return inflated(offset);
  }

  /**
   * From the cache, unless it has no room, the image was replaced before anything compressed was
   * wanted of it, or other bytes of the chunk are damaged: then these alone are inflated.
   */
  private CompletionStage<MappedExtent> inflated(long offset) throws IOException {
    VirtualDisk.Inflated inflated;
    try {
      inflated = disk.inflated();
    } catch (IOException e) {
      LOG.debug("inflated in memory", e);
      return inMemory(offset);
    }
    FillingFile filling = inflated.disk().file();
    CompletionStage<MappedExtent> first =
        filling
            .ready(offset, INFLATED_AHEAD)
            .thenApply(
                end ->
                    new MappedExtent(
                        offset, new Extent.File(inflated.file(), offset, end - offset)));
    inflateAhead(filling, offset);
    return first.exceptionallyCompose(failure -> onPool(() -> inMemory(offset)));
  }

  /** Chunks that begin with something compressed; others need not be inflated. */
  private void inflateAhead(FillingFile filling, long offset) {
    long chunk = filling.chunkBytes();
    long last = Math.min(size, offset + INFLATED_AHEAD);
    try {
      for (long at = (offset / chunk + 1) * chunk; at < last; at += chunk) {
        if (disk.image().map(at, 1) instanceof DiskExtent.Compressed) {
          filling.readAhead(at, 1);
        }
      }
    } catch (IOException e) {
      LOG.debug("the reader that comes to it is told", e);
    }
  }

  private CompletionStage<MappedExtent> inMemory(long offset) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(IN_MEMORY, size - offset));
    try {
      disk.image().read(offset, bytes);
    } catch (IOException e) {
      // What stands before the damage is in the buffer.
      if (bytes.position() == 0) {
        throw e;
      }
    }
    return CompletableFuture.completedFuture(
        new MappedExtent(offset, new Extent.Memory(bytes.array(), 0, bytes.position())));
  }
}
