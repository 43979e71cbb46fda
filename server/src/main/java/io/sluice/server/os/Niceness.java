package io.sluice.server.os;

import com.sun.jna.Native;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How ready a thread is to let others have the processor: 0 like any other, 19 the most, -20 the
 * least; see sched(7). Linux has it for each thread, and Java has no call for it. Elsewhere, and
 * where the call fails, nothing changes.
 */
public final class Niceness {
  /** Of any other thread. */
  public static final int NONE = 0;

  /**
   * Of those who answer scripts, where the server may: it takes root, {@code CAP_SYS_NICE} or a
   * {@code RLIMIT_NICE} of 30.
   */
  public static final int CONTROL_LOOPS = -10;

  /**
   * Of those who bring images into memory, where the server may: a loop that sends one as fast as
   * it can waits for them, and would let them wait for milliseconds.
   */
  public static final int READ_AHEAD = -5;

  /** Of those who look for images: when a rack asks all at once, its scripts go first. */
  public static final int LOOK_UPS = 5;

  /** Of those who work through something long, so that whoever sends bytes goes first. */
  public static final int BACKGROUND = 19;

  /** The threads of this process, a folder each, named by their numbers. */
  static final Path THREADS = Path.of("/proc/self/task");

  private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);
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

  /** Makes a thread nice for as long as it lives. */
  static void ofThread(int thread, int nice) {
    call(library -> library.setpriority(LibC.PROCESS, thread, nice));
  }

  private static void call(ToIntFunction<LibC> change) {
    if (!Files.isDirectory(THREADS)) {
      return;
    }
    try {
      if (change.applyAsInt(Native.load("c", LibC.class)) != 0) {
        LOG.debug("a thread keeps its priority");
      }
    } catch (LinkageError e) {
      LOG.debug("threads keep their priorities", e);
    }
  }
}
