package io.sluice.bench.client;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a thread had spent at one moment.
 *
 * @param atNanos {@link System#nanoTime()}
 * @param runNanos time it ran on a CPU
 * @param waitNanos time it was ready to run and waited for one; 0 where the kernel does not tell
 */
public record LoopClock(long atNanos, long runNanos, long waitNanos) {
  private static final Path SCHEDSTAT = Path.of("/proc/thread-self/schedstat");

  /** Reads the calling thread's clock. */
  static LoopClock ofThisThread() {
    long now = System.nanoTime();
    try {
      String[] parts = Files.readString(SCHEDSTAT).strip().split(" ", -1);
      if (parts.length >= 2 && Long.parseLong(parts[0]) > 0) {
        return new LoopClock(now, Long.parseLong(parts[0]), Long.parseLong(parts[1]));
      }
    } catch (IOException | NumberFormatException absent) {
      // Other systems than Linux: the platform knows the running time, though not the waiting.
    }
    return new LoopClock(now, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(), 0);
  }
}
