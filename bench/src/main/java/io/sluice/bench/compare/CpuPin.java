package io.sluice.bench.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A set of CPUs.
 *
 * @param list as {@code taskset -c} reads it: {@code 0}, {@code 0-1}, {@code 0,2}
 */
public record CpuPin(String list) {
  private static final Pattern TEXT = Pattern.compile("\\d+(-\\d+)?(,\\d+(-\\d+)?)*");

  /**
   * Checks the list.
   *
   * @throws IllegalArgumentException when it is none
   */
  public CpuPin {
    if (!TEXT.matcher(list).matches()) {
      throw new IllegalArgumentException("'" + list + "' (expected: CPUs such as 0, 0-1 or 0,2)");
    }
  }

  /** How many CPUs that is. */
  public int count() {
    int count = 0;
    for (String part : list.split(",", -1)) {
      String[] ends = part.split("-", -1);
      count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
    }
    return count;
  }

  /**
   * Keeps all threads of this process, and those it starts from now on, on these CPUs.
   *
   * @throws IOException when {@code taskset} is missing or the machine has no such CPU
   */
  public void apply() throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    Process taskset =
        new ProcessBuilder("taskset", "-a", "-p", "-c", list, pid)
            .redirectErrorStream(true)
            .start();
    try (InputStream out = taskset.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!taskset.waitFor(5, TimeUnit.SECONDS) || taskset.exitValue() != 0) {
        throw new IOException("cannot run on CPUs " + list + ": " + said);
      }
    }
  }
}
