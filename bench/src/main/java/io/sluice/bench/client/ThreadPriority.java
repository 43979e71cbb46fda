package io.sluice.bench.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Puts a thread before others that want the same CPU. Where the user may not do that the thread
 * stays as it is, and the report says how late it was.
 */
final class ThreadPriority {
  private static final Path SELF = Path.of("/proc/thread-self");
  private static final String NICENESS = "-10";

  private ThreadPriority() {}

  /** Raises the calling thread's priority where that is allowed. */
  static boolean raiseThisThread() {
    try {
      String thread = Files.readSymbolicLink(SELF).getFileName().toString();
      Process renice =
          new ProcessBuilder("renice", "-n", NICENESS, "-p", thread)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return renice.waitFor(5, TimeUnit.SECONDS) && renice.exitValue() == 0;
    } catch (IOException notLinux) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
