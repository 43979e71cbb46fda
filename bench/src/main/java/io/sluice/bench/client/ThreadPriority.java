package io.sluice.bench.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Puts a thread before others that want the same CPU. A thread of the kernel's first-in-first-out
 * policy gets it the moment it wakes up, see sched(7); one that is merely less nice waits for up to
 * some milliseconds beside a busy one. Where the user may do neither the thread stays as it is, and
 * the report says how late it was.
 */
final class ThreadPriority {
  private static final Path SELF = Path.of("/proc/thread-self");

  /** The best first; the number of the thread comes after each. */
  private static final List<List<String>> WAYS =
      List.of(List.of("chrt", "--fifo", "--pid", "1"), List.of("renice", "-n", "-10", "-p"));

  private ThreadPriority() {}

  /** Raises the calling thread's priority where that is allowed. */
  static boolean raiseThisThread() {
    try {
      String thread = Files.readSymbolicLink(SELF).getFileName().toString();
      for (List<String> way : WAYS) {
        if (succeeds(Stream.concat(way.stream(), Stream.of(thread)).toList())) {
          return true;
        }
      }
      return false;
    } catch (IOException notLinux) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean succeeds(List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException notThere) {
      return false;
    }
  }
}
