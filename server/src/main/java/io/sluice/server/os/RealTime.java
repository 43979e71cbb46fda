package io.sluice.server.os;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that have the processor as soon as they have something to do, and one that sees to it
 * that none of them keeps it for nothing. It is needed because code of a virtual machine can wait
 * for another thread without a pause: in HotSpot, a thread that calls a method whose code is just
 * being replaced tries again until that is done. At a real-time priority it would keep the
 * processor from the very thread that does it, until the kernel lets others run after 0.95 seconds
 * of each ({@code kernel.sched_rt_runtime_us}).
 *
 * <p>The thread that watches must not wait for the same: it calls next to nothing that others call,
 * no collections and nothing of JNA but its native methods.
 */
public final class RealTime {
  private static final Logger LOG = LoggerFactory.getLogger(RealTime.class);

  /** The lowest of the real-time priorities, {@code struct sched_param}. */
  private static final int[] LOWEST = {1};

  /** Of the thread that watches. */
  private static final int[] WATCHING = {2};

  private static final int[] NO_PRIORITY = {0};

  private static final int THIS_THREAD = 0;

  private static final long LOOK_MILLIS = 10;

  /**
   * Mostly enough for a thread that was kept from the processor in the middle of something short.
   */
  private static final long LEAST_ASIDE_MILLIS = 1;

  private static final long MOST_ASIDE_MILLIS = 32;

  private static final ThreadMXBean TIMES = ManagementFactory.getThreadMXBean();

  private volatile Watched[] all = {};

  /** A thread by the kernel's number and by Java's, and how it was at the last look. */
  private static final class Watched {
    private final int number;
    private final long id;
    private final LongSupplier progress;
    private long lookedAt;
    private long cpuNanos;
    private long progressed;
    private long asideMillis = LEAST_ASIDE_MILLIS;

    Watched(int number, LongSupplier progress) {
      this.number = number;
      this.id = Thread.currentThread().getId();
      this.progress = progress;
    }

    /** Puts it aside when it has kept the processor and got nowhere; false when it has ended. */
    boolean look() throws InterruptedException {
      long since = System.nanoTime() - lookedAt;
      long used = TIMES.getThreadCpuTime(id) - cpuNanos;
      boolean keeps = progressed == progress.getAsLong() && lookedAt != 0 && used > since / 10 * 9;
      if (keeps) {
        LibC.sched_setscheduler(number, LibC.IDLE, NO_PRIORITY);
        Thread.sleep(asideMillis);
        LibC.sched_setscheduler(number, LibC.ROUND_ROBIN, LOWEST);
      }
      asideMillis = keeps ? Math.min(2 * asideMillis, MOST_ASIDE_MILLIS) : LEAST_ASIDE_MILLIS;
      lookedAt = System.nanoTime();
      cpuNanos = TIMES.getThreadCpuTime(id);
      progressed = progress.getAsLong();
      return cpuNanos >= 0;
    }
  }

  /**
   * From now on this thread has the processor at once, where the server may: it takes root, {@code
   * CAP_SYS_NICE} or a {@code RLIMIT_RTPRIO} of 2.
   *
   * @param progress grows as the thread gets on with its work
   * @return false when the server may not
   */
  public boolean enter(LongSupplier progress) {
    try {
      Path folder = Path.of("/proc/thread-self").toRealPath();
      int number = Integer.parseInt(folder.getFileName().toString());
      if (give(number)) {
        watch(new Watched(number, progress));
        return true;
      }
    } catch (IOException e) {
      LOG.debug("this system does not show its threads", e);
    }
    return false;
  }

  /**
   * Lets a thread, by the kernel's number, have the processor at once, without being watched.
   *
   * @return false when the server may not
   */
  static boolean give(int thread) {
    return LibC.LOADED && LibC.sched_setscheduler(thread, LibC.ROUND_ROBIN, LOWEST) == 0;
  }

  /** Whether the server may; the calling thread has the processor at once from now on. */
  static boolean isGranted() {
    return give(THIS_THREAD);
  }

  private synchronized void watch(Watched thread) {
    Watched[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = thread;
    all = more;
    if (more.length == 1) {
      Thread watcher = new Thread(this::watchAll, "sluice-watch");
      watcher.setDaemon(true);
      watcher.start();
    }
  }

  private void watchAll() {
    LibC.sched_setscheduler(THIS_THREAD, LibC.ROUND_ROBIN, WATCHING);
    try {
      boolean some = true;
      while (some) {
        Thread.sleep(LOOK_MILLIS);
        some = false;
        for (Watched thread : all) {
          some |= thread.look();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
