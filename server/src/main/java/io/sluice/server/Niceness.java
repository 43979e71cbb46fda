package io.sluice.server;

import com.sun.jna.Native;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How ready a thread is to let others have the processor: 0 like any other, 19 the most; see
 * sched(7). Linux has it for each thread, and Java has no call for it. Elsewhere, and where the
 * call fails, nothing changes.
 */
final class Niceness {
  /** Of those who work through something long, so that whoever sends bytes goes first. */
  static final int MOST = 19;

  /** The threads of this process, a folder each, named by their numbers. */
  static final Path THREADS = Path.of("/proc/self/task");

  private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);
  private static final int THIS_THREAD = 0;

  private Niceness() {}

  /** Makes the calling thread nice for as long as it lives. */
  static void ofThisThread(int nice) {
    ofThread(THIS_THREAD, nice);
  }

  /** Makes a thread nice for as long as it lives. */
  static void ofThread(int thread, int nice) {
    if (!Files.isDirectory(THREADS)) {
      return;
    }
    try {
      LibC library = Native.load("c", LibC.class);
      if (library.setpriority(LibC.PROCESS, thread, nice) != 0) {
        LOG.debug("thread {} keeps its priority", thread);
      }
    } catch (LinkageError e) {
      LOG.debug("thread {} keeps its priority", thread, e);
    }
  }
}
