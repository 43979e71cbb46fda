package io.sluice.server;

import io.sluice.server.os.Niceness;
import io.sluice.server.telemetry.PoolInstruments;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
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

  private static final long IDLE_SECONDS = 30;

  /** How long interrupted tasks may take to end. */
  private static final long END_MILLIS = 5000;

  private final Map<String, ThreadPoolExecutor> pools = new ConcurrentHashMap<>();
  private final PoolInstruments instruments;

  /** No pool yet. */
  Pools(PoolInstruments instruments) {
    this.instruments = instruments;
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
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            task -> {
              Thread thread =
                  new Thread(
                      Niceness.of(nice, task), "sluice-" + name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            (task, executor) -> {
              instruments.refused(name);
              throw new RejectedExecutionException("pool " + name + " is full");
            });
    pool.allowCoreThreadTimeOut(true);
    pools.put(name, pool);
    instruments.watch(name, pool);
    return pool;
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
  }

  private boolean ended(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    try {
      for (ThreadPoolExecutor pool : pools.values()) {
        if (!pool.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return false;
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
