package io.sluice.bench.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads what a process has spent from {@code /proc/PID/stat} (proc(5)). */
final class ProcessStat {
  /** Linux counts CPU time for user space in hundredths of a second on every architecture. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int PAGE_BYTES = 4096;

  /** Fields after the command's closing parenthesis; proc(5) numbers them from 3. */
  private static final int USER_TICKS = 14 - 3;

  private static final int SYSTEM_TICKS = 15 - 3;
  private static final int RESIDENT_PAGES = 24 - 3;

  private ProcessStat() {}

  /** What the process has spent; nothing when it is gone or the system has no /proc. */
  static ServerCost read(long pid) {
    try {
      Path file = Path.of("/proc", Long.toString(pid), "stat");
      return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException gone) {
      return new ServerCost(0, 0);
    }
  }

  static ServerCost parse(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1);
    long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
    return new ServerCost(
        ticks / TICKS_PER_SECOND, Long.parseLong(fields[RESIDENT_PAGES]) * PAGE_BYTES);
  }
}
