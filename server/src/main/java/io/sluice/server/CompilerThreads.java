package io.sluice.server;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the optimising compiler. Each takes a processor for milliseconds at a time, also
 * when a storm needs it and code that is half as fast would do for now. With the launcher's flags
 * there are none.
 */
final class CompilerThreads {
  private static final Logger LOG = LoggerFactory.getLogger(CompilerThreads.class);
  private static final Path TASKS = Path.of("/proc/self/task");

  /** How the virtual machine names them, as far as the kernel keeps it. */
  private static final String NAME = "C2 CompilerThre";

  /**
   * A tenth of the processor when others want it. With less, a compiler that holds a lock which a
   * loop needs would keep it for some tens of milliseconds.
   */
  private static final int NICE = 10;

  private CompilerThreads() {}

  /** What the C library does with threads. */
  interface LibC extends Library {
    /** {@code PRIO_PROCESS}; on Linux that is a thread. */
    int PROCESS = 0;

    /** See setpriority(2). */
    int setpriority(int which, int thread, int nice);
  }

  /**
   * Has those there are now give way to all other threads, on Linux. Where it cannot be done they
   * stay as they are.
   *
   * @return whether there are any
   */
  static boolean giveWay() {
    boolean found = false;
    if (Files.isDirectory(TASKS)) {
      try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
        for (Path task : tasks) {
          if (nameOf(task).startsWith(NAME)) {
            found = true;
            giveWay(Integer.parseInt(task.getFileName().toString()));
          }
        }
      } catch (IOException | UnsatisfiedLinkError e) {
        LOG.debug("compiler threads keep their priority", e);
      }
    }
    return found;
  }

  private static String nameOf(Path task) throws IOException {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (NoSuchFileException ended) {
      return "";
    }
  }

  private static void giveWay(int thread) {
    LibC library = Native.load("c", LibC.class);
    if (library.setpriority(LibC.PROCESS, thread, NICE) != 0) {
      LOG.debug("compiler thread {} keeps its priority", thread);
    }
  }
}
