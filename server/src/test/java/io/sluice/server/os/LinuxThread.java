package io.sluice.server.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux knows of a thread, from proc(5).
 *
 * @param policy of the scheduler: 0 for most, 2 for round robin among real-time threads
 */
public record LinuxThread(String name, int nice, int policy) {
  /** Where the nice value is in what follows the name. */
  private static final int NICE = 16;

  private static final int POLICY = 38;

  /** Of the thread with this folder below {@code /proc}. */
  public static LinuxThread of(Path task) throws IOException {
    String stat = Files.readString(task.resolve("stat"));
    int end = stat.lastIndexOf(')');
    String[] rest = stat.substring(end + 2).split(" ", -1);
    return new LinuxThread(
        stat.substring(stat.indexOf('(') + 1, end),
        Integer.parseInt(rest[NICE]),
        Integer.parseInt(rest[POLICY]));
  }
}
