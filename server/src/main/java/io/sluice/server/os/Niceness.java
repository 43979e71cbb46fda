package io.sluice.server.os;

import java.nio.file.Path;

/**
 * How ready a thread is to let others have the processor: 0 like any other, 19 the most, -20 the
 * least; see sched(7). Linux has it for each thread, and Java has no call for it. Elsewhere, and
 * where the call fails, nothing changes.
 */
public final class Niceness {
  /** A thread like any other. */
  public static final int NONE = 0;

  /**
   * Of the loops that answer scripts, where the server may: it takes root, {@code CAP_SYS_NICE} or
   * a {@code RLIMIT_NICE} of 30.
   */
  public static final int CONTROL_LOOPS = -10;

  /**
   * Of the threads that bring images into memory, where the server may: a loop that sends one as
   * fast as it can waits for them, and would let them wait for milliseconds.
   */
  public static final int READ_AHEAD = -5;

  /** Of the threads that look images up: when a rack asks all at once, its scripts go first. */
  public static final int LOOK_UPS = 5;

  /** Of the threads that compute for long, so that the loops that send go first. */
  public static final int BACKGROUND = 19;

  /** The threads of this process, a folder each, named by their numbers. */
  static final Path THREADS = Path.of("/proc/self/task");

  private static final int THIS_THREAD = 0;

  private Niceness() {}

  /** The same work, on a thread like any other, also when it is begun by one that is not. */
  public static Runnable plain(Runnable work) {
    return of(NONE, work);
  }

  /** The same work, on a thread that goes before others, where the server may. */
  public static Runnable prompt(Runnable work) {
    return of(CONTROL_LOOPS, work);
  }

  /**
   * The same work, on a thread that is made so nice first and stays so for as long as it lives.
   * Without that it is as nice as the thread that begins it.
   */
  public static Runnable of(int nice, Runnable work) {
    return () -> {
      ofThread(THIS_THREAD, nice);
      work.run();
    };
  }

  /** Makes a thread nice for as long as it lives; false when it keeps the priority it has. */
  static boolean ofThread(int thread, int nice) {
    return LibC.LOADED && LibC.setpriority(LibC.PROCESS, thread, nice) == 0;
  }

  /** Whether the server may; the calling thread goes before others from now on. */
  static boolean isGranted() {
    return ofThread(THIS_THREAD, CONTROL_LOOPS);
  }
}
