package io.sluice.server.machines;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which bytes of an image were delivered, put together over any number of ranges, in any order,
 * overlapping or not. Not for several threads at once.
 */
public final class Coverage {
  /**
   * Runs that do not touch, as many as a client of small ranges leaves on its way; what comes
   * beyond that does not count.
   */
  private static final int MOST_RUNS = 10_000;

  private final long total;

  /** Ends of runs by their beginnings; no two touch. */
  private final TreeMap<Long, Long> runs = new TreeMap<>();

  /**
   * Nothing was delivered yet.
   *
   * @param total size of the image in bytes, at least 0
   */
  public Coverage(long total) {
    this.total = total;
  }

  /** Size of the image in bytes. */
  public long total() {
    return total;
  }

  /**
   * Some bytes were delivered; what lies outside the image does not count.
   *
   * @param first position of the first
   * @param count how many, at least 0
   */
  public void add(long first, long count) {
    long begin = Math.max(0, first);
    long end = Math.min(total, first + count);
    if (begin >= end) {
      return;
    }
    Map.Entry<Long, Long> run = runs.floorEntry(end);
    while (run != null && run.getValue() >= begin) {
      begin = Math.min(begin, run.getKey());
      end = Math.max(end, run.getValue());
      runs.remove(run.getKey());
      run = runs.floorEntry(end);
    }
    if (runs.size() < MOST_RUNS) {
      runs.put(begin, end);
    }
  }

  /** What another knows of the same image was delivered too. */
  public void addAll(Coverage other) {
    other.runs.forEach((begin, end) -> add(begin, end - begin));
  }

  /** The same, to be changed on its own. */
  Coverage copy() {
    Coverage copy = new Coverage(total);
    copy.runs.putAll(runs);
    return copy;
  }

  /** The runs as text, such as {@code 0-1048576 2097152-4194304}: beginnings and ends. */
  public String text() {
    return runs.entrySet().stream()
        .map(run -> run.getKey() + "-" + run.getValue())
        .collect(Collectors.joining(" "));
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws NumberFormatException when it is something else
   */
  public static Coverage of(long total, String text) {
    Coverage coverage = new Coverage(total);
    for (String run : text.split(" ", -1)) {
      int dash = run.indexOf('-');
      if (dash > 0) {
        long begin = Long.parseLong(run.substring(0, dash));
        coverage.add(begin, Long.parseLong(run.substring(dash + 1)) - begin);
      }
    }
    return coverage;
  }

  /** How many bytes were delivered. */
  public long delivered() {
    return runs.entrySet().stream().mapToLong(run -> run.getValue() - run.getKey()).sum();
  }

  /** How many runs there are that do not touch. */
  public int pieces() {
    return runs.size();
  }

  /** Whether every byte was delivered. */
  public boolean isComplete() {
    Map.Entry<Long, Long> run = runs.firstEntry();
    return total == 0 || (run != null && run.getKey() == 0 && run.getValue() == total);
  }
}
