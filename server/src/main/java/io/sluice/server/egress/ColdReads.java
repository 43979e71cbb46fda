package io.sluice.server.egress;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the pages of a part are in memory before a loop sends it: {@code sendfile} of
 * others makes the whole loop wait for the disk. A stretch that nobody has looked at lately is read
 * on a pool, into nothing, which costs some tens of microseconds when it was in memory all along.
 * Machines that want the same stretch wait for one read.
 *
 * <p>Who is furthest behind in a file is read for first, so that machines which began one after the
 * other come near each other and the disk is read for all of them at once.
 */
public final class ColdReads {
  /** What is looked at and read in one go, in bytes. */
  static final int STRETCH = 512 * 1024;

  /** How many stretches are read before a transfer comes to them. */
  private static final int AHEAD = 3;

  /**
   * Where the kernel does not tell what it read from disks: a stretch that is in memory takes a
   * third of this.
   */
  private static final long COLD_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  /**
   * How far a machine may be ahead in a file, in bytes, for each nanosecond it has waited longer
   * than another, and still be read for first: 256 MB for a second.
   */
  private static final double PATIENCE = 0.256;

  /** Reads that may wait to be done ahead of their time; those somebody waits for always may. */
  private static final int MOST_AHEAD = 256;

  private static final Logger LOG = LoggerFactory.getLogger(ColdReads.class);

  private final Executor pool;
  private final FileChannel nothing;
  private final LongSupplier nanoTime;
  private final Meter meter;
  private final WarmStretches warm;
  private final Map<Stretch, Read> reads = new ConcurrentHashMap<>();
  private final Queue<Read> queue = new PriorityQueue<>();
  private final Supplier<OptionalLong> diskBytes;

  /** Told of each read that went to a disk. */
  public interface Meter {
    /**
     * A stretch was not in memory.
     *
     * @param bytes how much of it, and of what follows it, the disk was read for
     * @param nanos how long the disk took
     */
    void coldRead(long bytes, long nanos);
  }

  private record Stretch(OpenFile file, long number) {}

  /** One read that waits or is being done. */
  private record Read(Stretch stretch, double urgency, CompletableFuture<Void> done)
      implements Comparable<Read> {
    @Override
    public int compareTo(Read other) {
      return Double.compare(urgency, other.urgency);
    }
  }

  /**
   * Reads on a pool.
   *
   * @param pool may wait for disks
   * @param nothing where bytes go that are only read to have them in memory: {@code /dev/null}
   * @param memory bytes of memory the page cache may hope for
   * @param nanoTime as {@link System#nanoTime()}
   */
  public ColdReads(
      Executor pool, FileChannel nothing, long memory, LongSupplier nanoTime, Meter meter) {
    this(pool, nothing, memory, nanoTime, new DiskReads()::ofThisThread, meter);
  }

  /**
   * The same with another way to tell what disks were read for.
   *
   * @param diskBytes how many bytes were read from disks for the calling thread, if that is known
   */
  ColdReads(
      Executor pool,
      FileChannel nothing,
      long memory,
      LongSupplier nanoTime,
      Supplier<OptionalLong> diskBytes,
      Meter meter) {
    this.pool = pool;
    this.nothing = nothing;
    this.nanoTime = nanoTime;
    this.diskBytes = diskBytes;
    this.meter = meter;
    this.warm = new WarmStretches(memory, nanoTime);
  }

  /**
   * How much of a part can be sent without waiting for a disk. What follows the part is read ahead
   * as far as the transfer goes.
   *
   * @param remaining how many bytes the transfer sends from {@code position} on, at least 1
   * @param most how many of them are wanted now
   * @return 0 when {@link #warm} has to be asked first
   */
  long warmBytes(OpenFile file, long position, long remaining, long most) {
    long number = position / STRETCH;
    if (!warm.contains(file.mark(), number)) {
      return 0;
    }
    long last = (position + remaining - 1) / STRETCH;
    for (long next = number + 1; next <= Math.min(number + AHEAD, last); next++) {
      if (!warm.contains(file.mark(), next) && reads.size() < MOST_AHEAD) {
        read(new Stretch(file, next));
      }
    }
    return Math.min(most, (number + 1) * STRETCH - position);
  }

  /** Completes, on some thread, when a part at this position can be sent. */
  CompletionStage<Void> warm(OpenFile file, long position) {
    return read(new Stretch(file, position / STRETCH));
  }

  private CompletionStage<Void> read(Stretch stretch) {
    Read waiting = reads.get(stretch);
    if (waiting != null) {
      return waiting.done();
    }
    double urgency = (double) stretch.number() * STRETCH + nanoTime.getAsLong() * PATIENCE;
    Read read = new Read(stretch, urgency, new CompletableFuture<>());
    Read earlier = reads.putIfAbsent(stretch, read);
    if (earlier != null) {
      return earlier.done();
    }
    stretch.file().retain();
    synchronized (queue) {
      queue.add(read);
    }
    try {
      pool.execute(this::mostUrgent);
    } catch (RejectedExecutionException full) {
      endOneUnread(read);
    }
    return read.done();
  }

  /**
   * There is a read more than there are tasks for them: this one, unless the task of another has
   * taken it; then any other that waits.
   */
  private void endOneUnread(Read rejected) {
    Read unread;
    synchronized (queue) {
      unread = queue.remove(rejected) ? rejected : queue.poll();
    }
    if (unread != null) {
      end(unread);
    }
  }

  private void mostUrgent() {
    Read read;
    synchronized (queue) {
      read = queue.poll();
    }
    if (read == null) {
      return;
    }
    try {
      bringIn(read.stretch());
    } finally {
      end(read);
    }
  }

  /** Whoever waits goes on in any case: what is wrong with the file, sending will tell. */
  private void end(Read read) {
    warm.add(read.stretch().file().mark(), read.stretch().number());
    reads.remove(read.stretch());
    read.stretch().file().release();
    read.done().complete(null);
  }

  private void bringIn(Stretch stretch) {
    long begun = nanoTime.getAsLong();
    OptionalLong before = diskBytes.get();
    long bytes = readThrough(stretch);
    long nanos = nanoTime.getAsLong() - begun;
    OptionalLong after = diskBytes.get();
    long cold =
        before.isPresent() && after.isPresent()
            ? after.getAsLong() - before.getAsLong()
            : nanos > COLD_NANOS ? bytes : 0;
    if (cold > 0) {
      warm.pushOut(cold);
      meter.coldRead(cold, nanos);
    }
  }

  private long readThrough(Stretch stretch) {
    long bytes = 0;
    try {
      long sent;
      do {
        sent =
            stretch
                .file()
                .channel()
                .transferTo(stretch.number() * STRETCH + bytes, STRETCH - bytes, nothing);
        bytes += sent;
      } while (sent > 0 && bytes < STRETCH);
    } catch (IOException e) {
      LOG.warn("reading ahead: {}", e.toString());
    }
    return bytes;
  }
}
