package io.sluice.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux knows of a thread, from proc(5). */
record LinuxThread(String name, int nice) {
  /** Where the nice value is in what follows the name. */
  private static final int NICE = 16;

  /** Of the thread with this folder below {@code /proc}. */
  static LinuxThread of(Path task) throws IOException {
    String stat = Files.readString(task.resolve("stat"));
    int end = stat.lastIndexOf(')');
    String[] rest = stat.substring(end + 2).split(" ", -1);
    return new LinuxThread(
        stat.substring(stat.indexOf('(') + 1, end), Integer.parseInt(rest[NICE]));
  }
}
