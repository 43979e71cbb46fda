package io.sluice.server;

import io.sluice.server.os.Niceness;
import io.sluice.server.telemetry.PoolInstruments;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread pools on which work may block: bounded, named and measured. */
final class Pools implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pools.class);

  /**
   * How long a file may keep a thread: a disk that spins up takes that long, and firmware waits
   * longer for an answer. {@code .ci/check-root} has a file system that never answers.
   */
  private static final long FILE_SECONDS = 10;

  /** Sixteen megabytes may be read in one task, from the slowest of disks. */
  private static final long READ_AHEAD_SECONDS = 60;

  /** The same, once the server ends. */
  private static final long LAST_SECONDS = 2;

  private static final long LOOK_MILLIS = 500;

  /** How long interrupted tasks may take to end. */
  private static final long END_MILLIS = 5000;

  private final Map<String, WatchedPool> pools = new ConcurrentHashMap<>();
  private final PoolInstruments instruments;
  private final Thread watcher = new Thread(this::watch, "sluice-pools");
  private volatile boolean closed;

  /** No pool yet. */
  Pools(PoolInstruments instruments) {
    this.instruments = instruments;
    watcher.setDaemon(true);
    watcher.start();
  }

  private void watch() {
    try {
      while (!closed) {
        pools.values().forEach(WatchedPool::look);
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Makes a pool. Its threads end when they have nothing to do for a while.
   *
   * @param name value of the label and part of the threads' names
   * @param threads the most there are at once, at least 1
   * @param queue how many tasks may wait, at least 1; more are refused with {@link
   *     RejectedExecutionException}
   */
  ThreadPoolExecutor pool(String name, int threads, int queue) {
    return pool(name, threads, queue, Niceness.NONE);
  }

  /**
   * Makes a pool for what keeps a processor at work: hashing, inflating, compressing. Its threads
   * let all others go first: a bulk loop that offers the processor to any thread that waits for it
   * after each turn would lose it for milliseconds each time.
   *
   * @see #pool
   */
  ThreadPoolExecutor toilingPool(String name, int threads, int queue) {
    return pool(name, threads, queue, Niceness.BACKGROUND);
  }

  /**
   * Makes a pool whose threads are nice, see {@link Niceness}.
   *
   * @see #pool(String, int, int)
   */
  ThreadPoolExecutor pool(String name, int threads, int queue, int nice) {
    return pool(name, threads, queue, nice, Long.MAX_VALUE);
  }

  /**
   * Makes a pool for work on files that requests wait for: what takes too long is given up, see
   * {@link WatchedPool}.
   *
   * @see #pool(String, int, int, int)
   */
  ThreadPoolExecutor filePool(String name, int threads, int queue, int nice) {
    return pool(name, threads, queue, nice, TimeUnit.SECONDS.toNanos(FILE_SECONDS));
  }

  /** Makes the pool that reads ahead of transfers, which may take longer. */
  ThreadPoolExecutor readAheadPool(String name, int threads, int queue) {
    return pool(
        name, threads, queue, Niceness.READ_AHEAD, TimeUnit.SECONDS.toNanos(READ_AHEAD_SECONDS));
  }

  private ThreadPoolExecutor pool(String name, int threads, int queue, int nice, long limitNanos) {
    AtomicInteger number = new AtomicInteger();
    WatchedPool pool =
        new WatchedPool(
            name,
            threads,
            queue,
            task -> {
              Thread thread =
                  new Thread(
                      Niceness.of(nice, task), "sluice-" + name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            (task, executor) -> {
              instruments.refused(name);
              throw new RejectedExecutionException("pool " + name + " is full or stuck");
            },
            limitNanos,
            System::nanoTime,
            () -> instruments.overdue(name));
    pools.put(name, pool);
    instruments.watch(name, pool, pool::isStuck);
    return pool;
  }

  /** Which pool is stuck, for the operator; empty when none is. */
  String obstacle() {
    return pools.entrySet().stream()
        .filter(pool -> pool.getValue().isStuck())
        .map(pool -> "pool " + pool.getKey() + ": every thread waits for a file system")
        .sorted()
        .findFirst()
        .orElse("");
  }

  /** The server ends: what a file system does not answer soon is given up. */
  void hurry() {
    pools.values().stream()
        .filter(pool -> pool.isFor(TimeUnit.SECONDS.toNanos(FILE_SECONDS)))
        .forEach(pool -> pool.hurry(TimeUnit.SECONDS.toNanos(LAST_SECONDS)));
  }

  /**
   * Takes no more tasks and waits for those it has.
   *
   * @return false when they take longer than this, or the caller was interrupted
   */
  boolean finish(long millis) {
    pools.values().forEach(ThreadPoolExecutor::shutdown);
    return ended(millis);
  }

  /**
   * Takes no more tasks, forgets those that wait, interrupts those that run and waits for them a
   * while: they may hold files.
   */
  @Override
  public void close() {
    pools.values().forEach(ThreadPoolExecutor::shutdownNow);
    if (!ended(END_MILLIS)) {
      LOG.warn("some threads of {} have not ended", running());
    }
    closed = true;
  }

  private boolean ended(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      for (WatchedPool pool : pools.values()) {
        while (!pool.isAbandoned() && !pool.awaitTermination(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          if (System.nanoTime() - end >= 0) {
            return false;
          }
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private List<String> running() {
    return pools.entrySet().stream()
        .filter(pool -> !pool.getValue().isTerminated())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
