package io.sluice.server.images;

import io.sluice.server.derive.FillingFile;
import io.sluice.server.derive.NoRoomException;
import io.sluice.server.egress.Extent;
import io.sluice.server.egress.PartSource;
import io.sluice.server.qcow2.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a virtual disk for one answer. Where its bytes are is looked up on a pool, a stretch
 * at a time, and the next stretch while one is being sent. Asked on one loop at a time.
 */
final class DiskParts implements PartSource {
  /** How much of the disk one look-up covers at most, in bytes. */
  private static final long LONGEST_STRETCH = 64L * 1024 * 1024;

  /** The next stretch is looked up when so much of this one is left, in bytes. */
  private static final long NEXT_AHEAD = 4L * 1024 * 1024;

  /** What is inflated before a reader comes to it, in bytes. */
  private static final long INFLATED_AHEAD = 4L * 1024 * 1024;

  /** What is read into memory at a time where the cache has no room, in bytes. */
  private static final int IN_MEMORY = 128 * 1024;

  private final VirtualDisk disk;
  private final Executor pool;
  private final long size;
  private @Nullable CompletableFuture<Stretch> here;
  private @Nullable CompletableFuture<Stretch> next;

  /**
   * A stretch of the disk that was looked up.
   *
   * @param start where on the disk
   * @param extent what to send
   */
  private record Stretch(long start, Extent extent) {
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

  DiskParts(VirtualDisk disk, Executor pool) {
    this.disk = disk;
    this.pool = pool;
    this.size = disk.image().virtualSize();
  }

  @Override
  public CompletionStage<Extent> part(long offset, long most) {
    CompletableFuture<Stretch> current = covering(offset);
    here = current;
    if (isThere(current)) {
      Stretch stretch = current.join();
      if (next == null && stretch.end() < size && stretch.end() - offset <= NEXT_AHEAD) {
        next = lookUp(stretch.end());
      }
    }
    return current.thenApply(stretch -> stretch.from(offset));
  }

  /** What was looked up for this offset, or is being looked up; a failure is tried again. */
  private CompletableFuture<Stretch> covering(long offset) {
    CompletableFuture<Stretch> current = here;
    if (current != null && mayCover(current, offset)) {
      return current;
    }
    CompletableFuture<Stretch> following = next;
    next = null;
    return following != null && mayCover(following, offset) ? following : lookUp(offset);
  }

  private static boolean mayCover(CompletableFuture<Stretch> stretch, long offset) {
    return !stretch.isDone() || (isThere(stretch) && stretch.join().covers(offset));
  }

  private static boolean isThere(CompletableFuture<Stretch> stretch) {
    return stretch.isDone() && !stretch.isCompletedExceptionally();
  }

  private CompletableFuture<Stretch> lookUp(long offset) {
    try {
      return CompletableFuture.supplyAsync(() -> stretchAt(offset), pool)
          .thenCompose(Function.identity());
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(full);
    }
  }

  private CompletionStage<Stretch> stretchAt(long offset) {
    try {
      Run run = disk.image().map(offset, LONGEST_STRETCH);
      if (run instanceof Run.Stored stored) {
        Extent file = new Extent.File(disk.file(stored.file()), stored.offset(), stored.length());
        return CompletableFuture.completedFuture(new Stretch(offset, file));
      }
      if (run instanceof Run.Zero zero) {
        return CompletableFuture.completedFuture(
            new Stretch(offset, new Extent.Zero(zero.length())));
      }
      return inflated(offset);
    } catch (NoRoomException full) {
      return CompletableFuture.completedFuture(inMemory(offset));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletionStage<Stretch> inflated(long offset) throws IOException {
    VirtualDisk.Inflated inflated = disk.inflated();
    FillingFile filling = inflated.disk().file();
    CompletionStage<Stretch> first =
        filling
            .ready(offset, INFLATED_AHEAD)
            .thenApply(
                end -> new Stretch(offset, new Extent.File(inflated.file(), offset, end - offset)));
    inflateAhead(filling, offset);
    return first.exceptionallyCompose(
        failure ->
            rootOf(failure) instanceof NoRoomException
                ? CompletableFuture.supplyAsync(() -> inMemory(offset), pool)
                : CompletableFuture.failedFuture(rootOf(failure)));
  }

  /** Chunks that begin with something compressed; others need not be inflated. */
  private void inflateAhead(FillingFile filling, long offset) throws IOException {
    long chunk = filling.chunkBytes();
    long last = Math.min(size, offset + INFLATED_AHEAD);
    for (long at = (offset / chunk + 1) * chunk; at < last; at += chunk) {
      if (disk.image().map(at, 1) instanceof Run.Compressed) {
        filling.readAhead(at, 1);
      }
    }
  }

  private Stretch inMemory(long offset) {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(IN_MEMORY, size - offset));
    try {
      disk.image().read(offset, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Stretch(offset, new Extent.Memory(bytes.array(), 0, bytes.position()));
  }

  private static Throwable rootOf(Throwable failure) {
    return failure.getCause() != null
            && (failure instanceof CompletionException || failure instanceof UncheckedIOException)
        ? rootOf(failure.getCause())
        : failure;
  }
}
