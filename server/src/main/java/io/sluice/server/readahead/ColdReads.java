package io.sluice.server.readahead;

import io.sluice.server.os.DiskReads;
import io.sluice.server.readahead.ReadAheadWindow.Read;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.PageReader;
import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the pages of a part are in memory before a loop sends it: {@code sendfile} of
 * others makes the whole loop wait for the disk. A block that was not looked at lately is brought
 * in on a pool, which costs some tens of microseconds when it was in memory all along. Machines
 * that want the same block wait for one read, and one file is read by one thread.
 *
 * <p>The machine that is furthest behind in a file is read for first, so that machines which began
 * one after the other come near each other and the disk is read for all of them at once.
 */
public final class ColdReads implements PageReader {
  /** What is looked at and read in one go, in bytes. */
  public static final int BLOCK_BYTES = 512 * 1024;

  /** How many blocks are read before a transfer comes to them that never had to wait. */
  static final int LEAST_AHEAD = 2;

  /** How many blocks are read ahead for one transfer at most. */
  private static final int MOST_AHEAD = 16;

  /** What is read ahead for one transfer must be small beside all memory. */
  private static final int SHARE_OF_MEMORY = 32;

  /** How many blocks of one file a disk is asked for at most, and half as many at once. */
  private static final int DEPTH = 8;

  /** Blocks of one file that are read before another file has its turn. */
  private static final int TURN = 32;

  /**
   * Where the kernel does not tell what it read from disks: a block that is in memory takes a third
   * of this.
   */
  private static final long COLD_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /**
   * How far a machine may be ahead in a file, in bytes, for each nanosecond it has waited longer
   * than another, and still be read for first: 256 MB for a second.
   */
  private static final double PATIENCE = 0.256;

  /**
   * Reads that may wait to be done ahead of their time; a read that a transfer waits for always
   * may.
   */
  private static final int MOST_WAITING = 256;

  private static final Logger LOG = LoggerFactory.getLogger(ColdReads.class);

  private final Executor pool;
  private final ReadAheadFile.Opener opener;
  private final LongSupplier nanoTime;
  private final Meter meter;
  private final ResidentRanges warm;
  private final int mostAhead;
  private final Map<FileRange, Read> reads = new ConcurrentHashMap<>();
  private final Map<OpenFile, ReadAheadWindow> heads = new HashMap<>();
  private final Supplier<OptionalLong> diskBytes;

  /** Told of each read that went to a disk. */
  public interface Meter {
    /**
     * Something was not in memory.
     *
     * @param bytes how much the disk was read for
     * @param nanos how long that was waited for
     */
    void coldRead(long bytes, long nanos);
  }

  private record FileRange(OpenFile file, long number) {}

  /**
   * Reads on a pool.
   *
   * @param pool may wait for disks
   * @param memory bytes of memory the page cache may hope for
   * @param nanoTime as {@link System#nanoTime()}
   */
  public ColdReads(
      Executor pool, ReadAheadFiles opener, long memory, LongSupplier nanoTime, Meter meter) {
    this(pool, opener, memory, nanoTime, new DiskReads()::ofThisThread, meter);
  }

  /**
   * The same with another way to tell what disks were read for.
   *
   * @param diskBytes how many bytes were read from disks for the calling thread, if that is known
   */
  ColdReads(
      Executor pool,
      ReadAheadFile.Opener opener,
      long memory,
      LongSupplier nanoTime,
      Supplier<OptionalLong> diskBytes,
      Meter meter) {
    this.pool = pool;
    this.opener = opener;
    this.nanoTime = nanoTime;
    this.diskBytes = diskBytes;
    this.meter = meter;
    this.warm = new ResidentRanges(memory, nanoTime);
    this.mostAhead =
        (int) Math.max(LEAST_AHEAD, Math.min(MOST_AHEAD, memory / SHARE_OF_MEMORY / BLOCK_BYTES));
  }

  @Override
  public long warmBytes(OpenFile file, long position, long remaining, int ahead, long most) {
    long block = position / BLOCK_BYTES;
    if (!warm.contains(file.mark(), block)) {
      return 0;
    }
    readAhead(file, position, remaining, ahead);
    return Math.min(most, (block + 1) * BLOCK_BYTES - position);
  }

  @Override
  public CompletionStage<Void> warm(OpenFile file, long position, long remaining, int ahead) {
    CompletionStage<Void> first = read(new FileRange(file, position / BLOCK_BYTES));
    readAhead(file, position, remaining, ahead);
    return first;
  }

  @Override
  public int leastAhead() {
    return LEAST_AHEAD;
  }

  @Override
  public int deeper(int ahead) {
    return Math.min(2 * ahead, mostAhead);
  }

  private void readAhead(OpenFile file, long position, long remaining, int ahead) {
    long first = position / BLOCK_BYTES;
    long last = Math.min(first + ahead, (position + remaining - 1) / BLOCK_BYTES);
    for (long next = first + 1; next <= last; next++) {
      if (!warm.contains(file.mark(), next) && reads.size() < MOST_WAITING) {
        read(new FileRange(file, next));
      }
    }
  }

  private CompletionStage<Void> read(FileRange block) {
    Read waiting = reads.get(block);
    if (waiting != null) {
      return waiting.done();
    }
    double urgency = (double) block.number() * BLOCK_BYTES + nanoTime.getAsLong() * PATIENCE;
    Read read = new Read(block.file(), block.number(), urgency, new CompletableFuture<>());
    Read earlier = reads.putIfAbsent(block, read);
    if (earlier != null) {
      return earlier.done();
    }
    block.file().retain();
    ReadAheadWindow idle = null;
    synchronized (heads) {
      ReadAheadWindow head = heads.get(block.file());
      if (head == null) {
        head = new ReadAheadWindow(block.file());
        heads.put(block.file(), head);
        idle = head;
      }
      head.add(read);
    }
    if (idle != null) {
      start(idle);
    }
    return read.done();
  }

  private void start(ReadAheadWindow head) {
    try {
      pool.execute(() -> go(head));
    } catch (RejectedExecutionException full) {
      List<Read> unread;
      synchronized (heads) {
        heads.remove(head.file());
        unread = head.drain();
      }
      unread.forEach(this::end);
    }
  }

  /** Reads some blocks of one file; then it is the turn of others. */
  private void go(ReadAheadWindow head) {
    for (int i = 0; i < TURN; i++) {
      long begun = nanoTime.getAsLong();
      OptionalLong before = diskBytes.get();
      Read read = next(head);
      if (read == null) {
        return;
      }
      try {
        read.file().ahead(opener).finish(read.number() * BLOCK_BYTES, BLOCK_BYTES);
      } catch (IOException | RuntimeException e) {
        // Sending will tell, with the offset.
        LOG.debug("reading ahead: {}", read.file().name(), e);
      } finally {
        account(read, before, nanoTime.getAsLong() - begun);
        end(read);
      }
    }
    start(head);
  }

  /**
   * The read that is to be waited for next, with the disk busy with those behind it; null when
   * there is none, and the next read begins anew.
   */
  private @Nullable Read next(ReadAheadWindow head) {
    List<Read> more;
    synchronized (heads) {
      more = head.begun() <= DEPTH / 2 ? head.begin(DEPTH - head.begun()) : List.of();
      if (more.isEmpty() && head.begun() == 0) {
        heads.remove(head.file());
        return null;
      }
    }
    begin(more);
    return head.poll();
  }

  /** One call for what lies together: each costs the disk a look. */
  private void begin(List<Read> more) {
    for (int from = 0; from < more.size(); ) {
      Read first = more.get(from);
      int to = from + 1;
      while (to < more.size() && more.get(to).number() == first.number() + to - from) {
        to++;
      }
      long length = (long) (to - from) * BLOCK_BYTES;
      first.file().ahead(opener).begin(first.number() * BLOCK_BYTES, length);
      from = to;
    }
  }

  /** The transfer goes on in any case: what is wrong with the file, sending will tell. */
  private void end(Read read) {
    warm.add(read.file().mark(), read.number());
    reads.remove(new FileRange(read.file(), read.number()));
    read.file().release();
    read.done().complete(null);
  }

  private static long bytes(Read read) {
    try {
      return Math.min(BLOCK_BYTES, read.file().channel().size() - read.number() * BLOCK_BYTES);
    } catch (IOException sendingWillTell) {
      return 0;
    }
  }

  private void account(Read read, OptionalLong before, long nanos) {
    OptionalLong after = diskBytes.get();
    long cold =
        before.isPresent() && after.isPresent()
            ? after.getAsLong() - before.getAsLong()
            : nanos > COLD_NANOS ? bytes(read) : 0;
    if (cold > 0) {
      warm.pushOut(cold);
      meter.coldRead(cold, nanos);
    }
  }
}
