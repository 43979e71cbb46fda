package io.sluice.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the virtual machine's compilers. Each takes a processor for milliseconds at a
 * time, also when a storm needs it and slower code would do for now. With the launcher's flags
 * there are none of the optimising one.
 */
final class CompilerThreads {
  private static final Logger LOG = LoggerFactory.getLogger(CompilerThreads.class);

  /** How the virtual machine names them, as far as the kernel keeps it. */
  private static final Set<String> NAMES = Set.of("C1 CompilerThre", "C2 CompilerThre");

  /**
   * A tenth of the processor when others want it. With less, a compiler that holds a lock which a
   * loop needs would keep it for some tens of milliseconds.
   */
  private static final int NICE = 10;

  private CompilerThreads() {}

  /** Has those there are now give way to all others, where {@link Niceness} can be had. */
  static void giveWay() {
    if (!Files.isDirectory(Niceness.THREADS)) {
      return;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Niceness.THREADS)) {
      for (Path task : tasks) {
        if (NAMES.contains(nameOf(task))) {
          Niceness.ofThread(Integer.parseInt(task.getFileName().toString()), NICE);
        }
      }
    } catch (IOException e) {
      LOG.debug("compiler threads keep their priority", e);
    }
  }

  private static String nameOf(Path task) throws IOException {
    try {
      return Files.readString(task.resolve("comm")).strip();
    } catch (NoSuchFileException ended) {
      return "";
    }
  }
}
