package io.sluice.server.os;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of the virtual machine itself, which Java does not show. */
public final class JvmThreads {
  private static final Logger LOG = LoggerFactory.getLogger(JvmThreads.class);

  /**
   * Of the compilers: a tenth of the processor when others want it. Each takes one for milliseconds
   * at a time, also when a storm needs it and slower code would do for now. With less, a compiler
   * that holds a lock which a loop needs would keep it for some tens of milliseconds.
   */
  private static final int COMPILER = 10;

  /**
   * How nice each is, by the name the virtual machine gives it, as far as the kernel keeps that.
   * With the launcher's flags there is no optimising compiler. The VM thread stops all others for a
   * moment, to collect garbage for instance, and lets them go on one after the other: as nice as a
   * bulk loop, it would lose its processor to the first of them for a time slice before it comes to
   * the loops that answer. It tells of each collection by notifications, which are for the metrics
   * only.
   */
  private static final Map<String, Integer> NICE =
      Map.of(
          "C1 CompilerThre",
          COMPILER,
          "C2 CompilerThre",
          COMPILER,
          "VM Thread",
          Niceness.CONTROL_LOOPS,
          "Notification Th",
          Niceness.LOOK_UPS);

  private JvmThreads() {}

  /** Gives those there are now their priorities, where {@link Niceness} can be had. */
  public static void arrange() {
    if (!Files.isDirectory(Niceness.THREADS)) {
      return;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Niceness.THREADS)) {
      for (Path task : tasks) {
        Integer nice = NICE.get(nameOf(task));
        if (nice != null) {
          Niceness.ofThread(Integer.parseInt(task.getFileName().toString()), nice);
        }
      }
    } catch (IOException e) {
      LOG.debug("threads of the virtual machine keep their priorities", e);
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
