package io.sluice.server;

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

  /** How the virtual machine names them, as far as the kernel keeps it. */
  private static final String NAME = "C2 CompilerThre";

  /**
   * A tenth of the processor when others want it. With less, a compiler that holds a lock which a
   * loop needs would keep it for some tens of milliseconds.
   */
  private static final int NICE = 10;

  private CompilerThreads() {}

  /**
   * Has those there are now give way to all other threads, where {@link Niceness} can be had.
   *
   * @return whether there are any
   */
  static boolean giveWay() {
    boolean found = false;
    if (Files.isDirectory(Niceness.THREADS)) {
      try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Niceness.THREADS)) {
        for (Path task : tasks) {
          if (nameOf(task).startsWith(NAME)) {
            found = true;
            Niceness.ofThread(Integer.parseInt(task.getFileName().toString()), NICE);
          }
        }
      } catch (IOException e) {
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
}
