package io.sluice.server;

import io.sluice.server.keyed.PoolWork;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool whose threads are asked now and then how long they have been at one task. Java cannot end
 * a thread that waits for a file system, so the requests are answered without it; while every
 * thread waits, the pool is stuck, and takes no more requests.
 */
final class WatchedPool extends ThreadPoolExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedPool.class);

  private static final long IDLE_SECONDS = 30;

  private final String name;
  private final LongSupplier nanoTime;
  private final Runnable onOverdue;
  private final Map<Thread, Running> running = new ConcurrentHashMap<>();
  private volatile long limitNanos;
  private volatile int overdue;

  /** A task on its thread; touched by the one thread that looks. */
  private static final class Running {
    private final Runnable task;
    private final long since;
    private boolean told;

    Running(Runnable task, long since) {
      this.task = task;
      this.since = since;
    }
  }

  /**
   * A pool that nobody looks at yet.
   *
   * @param threads the most there are at once
   * @param queue how many tasks may wait
   * @param limitNanos how long a task may take, {@link Long#MAX_VALUE} for any time
   * @param nanoTime as {@link System#nanoTime()}
   * @param onOverdue told once of each task that takes longer
   */
  WatchedPool(
      String name,
      int threads,
      int queue,
      ThreadFactory factory,
      RejectedExecutionHandler refused,
      long limitNanos,
      LongSupplier nanoTime,
      Runnable onOverdue) {
    super(
        threads,
        threads,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(queue),
        factory,
        refused);
    this.name = name;
    this.limitNanos = limitNanos;
    this.nanoTime = nanoTime;
    this.onOverdue = onOverdue;
    allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    if (task instanceof PoolWork<?> && isStuck()) {
      getRejectedExecutionHandler().rejectedExecution(task, this);
    } else {
      super.execute(task);
    }
  }

  @Override
  protected void beforeExecute(Thread thread, Runnable task) {
    running.put(thread, new Running(task, nanoTime.getAsLong()));
  }

  @Override
  protected void afterExecute(Runnable task, @Nullable Throwable failure) {
    running.remove(Thread.currentThread());
  }

  /** Looks how long each thread has been at its task; called by one thread. */
  void look() {
    int late = 0;
    for (Running each : running.values()) {
      if (nanoTime.getAsLong() - each.since > limitNanos) {
        late++;
        tell(each);
      }
    }
    boolean before = isStuck();
    overdue = late;
    if (isStuck()) {
      getQueue().forEach(WatchedPool::giveUp);
    }
    if (isStuck() != before) {
      LOG.warn(
          "pool {}: {}",
          name,
          before ? "goes on" : "every thread waits for a file system; requests get 503");
    }
  }

  private void tell(Running late) {
    if (!late.told) {
      late.told = true;
      onOverdue.run();
      String what = late.task instanceof PoolWork<?> ? late.task.toString() : "work of the server";
      LOG.warn(
          "pool {}: {}: the file system has not answered for {} s",
          name,
          what,
          TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong() - late.since));
    }
    giveUp(late.task);
  }

  private static void giveUp(Runnable task) {
    if (task instanceof PoolWork<?> work) {
      work.giveUp();
    }
  }

  /**
   * From now on tasks may take so long at most, those that run included.
   *
   * @param nanos less than what they could take until now
   */
  void hurry(long nanos) {
    limitNanos = nanos;
  }

  /** Whether there is a limit to what a request waits for here. */
  boolean isFor(long mostNanos) {
    return limitNanos <= mostNanos;
  }

  /** Whether every thread has been at its task for too long, as of the last look. */
  boolean isStuck() {
    return overdue >= getMaximumPoolSize();
  }

  /** Whether nothing runs but what is no longer waited for, as of the last look. */
  boolean isAbandoned() {
    return overdue > 0 && getQueue().isEmpty() && running.size() <= overdue;
  }
}
