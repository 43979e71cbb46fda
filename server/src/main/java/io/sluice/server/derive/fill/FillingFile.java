package io.sluice.server.derive.fill;

import io.sluice.server.derive.cache.FilledMap;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A sparse file of known length whose chunks are made when they are first wanted, each by one
 * producer at a time, for all readers. Safe for all threads; only the pool blocks.
 */
public final class FillingFile {
  /** Makes the bytes of a chunk, or keeps them; blocks. */
  @FunctionalInterface
  public interface ChunkAccess {
    /**
     * Fills the buffer up to its limit, or writes all bytes in it.
     *
     * @param offset in the file
     * @throws IOException when that cannot be done, with {@link NoRoomException} where there is no
     *     room; the readers that wait are told
     */
    void access(long offset, ByteBuffer bytes) throws IOException;
  }

  private static final CompletionStage<Void> THERE = CompletableFuture.completedFuture(null);

  private final long length;
  private final int chunkBytes;
  private final ChunkAccess producer;
  private final ChunkAccess storage;
  private final Executor pool;
  private final FilledMap finished;
  private final SharedWork<Long, SharedWork.Run<Void>> inFlight = new SharedWork<>();

  /**
   * A file of which some chunks are there.
   *
   * @param producer makes chunks
   * @param storage keeps them
   * @param pool runs the producer; may refuse
   */
  FillingFile(FilledMap filled, ChunkAccess producer, ChunkAccess storage, Executor pool) {
    this.length = filled.length();
    this.chunkBytes = filled.chunkBytes();
    this.producer = producer;
    this.storage = storage;
    this.pool = pool;
    finished = filled;
  }

  /**
   * The smallest size of chunks for a file that is a power of two times the one that is wanted and
   * makes no more chunks than there may be.
   */
  public static int chunkFor(long length, int wanted) {
    int chunk = wanted;
    while ((length + chunk - 1) / chunk > FilledMap.MOST_CHUNKS) {
      chunk = Math.multiplyExact(chunk, 2);
    }
    return chunk;
  }

  /** Size of a chunk but for the last, in bytes. */
  public int chunkBytes() {
    return chunkBytes;
  }

  /** Number of bytes the file has when all of it is there. */
  public long length() {
    return length;
  }

  /**
   * How far the bytes behind an offset are there without a gap.
   *
   * @param offset from 0 to the length
   * @param max the most that is of interest, at least 1
   * @return the position behind the last of them, the offset itself when the first is not there
   */
  public long readyUpTo(long offset, long max) {
    long end = Math.min(length, offset + Math.min(max, length));
    long at = offset;
    while (at < end && finished.has(at / chunkBytes)) {
      at = Math.min(end, (at / chunkBytes + 1) * chunkBytes);
    }
    return at;
  }

  /**
   * Has the bytes at an offset made, if they are not there; never blocks.
   *
   * @param offset from 0 to before the length
   * @param max the most that is of interest, at least 1
   * @return completes with what {@link #readyUpTo} then says, more than the offset; exceptionally
   *     with what the producer or the storage threw, or {@link RejectedExecutionException} when the
   *     pool refused
   */
  public CompletionStage<Long> ready(long offset, long max) {
    if (offset < 0 || offset >= length) {
      throw new IndexOutOfBoundsException(
          "offset: " + offset + " (expected: 0 to before " + length + ")");
    }
    return chunk(offset / chunkBytes).thenApply(there -> readyUpTo(offset, max));
  }

  /** Has bytes made that will soon be asked for, as far as the pool takes the work. */
  public void readAhead(long offset, long count) {
    long last = Math.min(length, offset + count) - 1;
    for (long chunk = offset / chunkBytes; chunk <= last / chunkBytes; chunk++) {
      if (chunk(chunk).toCompletableFuture().isCompletedExceptionally()) {
        return;
      }
    }
  }

  private CompletionStage<Void> chunk(long chunk) {
    if (finished.has(chunk)) {
      return THERE;
    }
    SharedWork.Joined<CompletionStage<Void>, SharedWork.Run<Void>> joined =
        inFlight.join(
            chunk,
            run -> Optional.of(run.result()),
            () -> finished.has(chunk) ? Optional.of(THERE) : Optional.empty(),
            SharedWork.Run::new);
    SharedWork.Run<Void> begun = joined.begun();
    if (begun != null) {
      try {
        pool.execute(() -> produce(chunk, begun));
      } catch (RejectedExecutionException full) {
        inFlight.ended(chunk, begun);
        begun.fail(full);
      }
    }
    return joined.share();
  }

  private void produce(long chunk, SharedWork.Run<Void> run) {
    long offset = chunk * chunkBytes;
    try {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(chunkBytes, length - offset));
      producer.access(offset, bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("chunk: " + bytes.remaining() + " bytes short");
      }
      storage.access(offset, bytes.flip());
      finished.add(chunk);
      inFlight.ended(chunk, run);
      run.succeed(null);
    } catch (IOException | RuntimeException | Error e) {
      inFlight.ended(chunk, run);
      run.fail(e);
    }
  }
}
