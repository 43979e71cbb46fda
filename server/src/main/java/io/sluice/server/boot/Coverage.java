package io.sluice.server.boot;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which bytes of an image were delivered, put together over any number of ranges, in any order,
 * overlapping or not. Not for several threads at once.
 */
public final class Coverage {
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
    runs.put(begin, end);
  }

  /** Whether every byte was delivered. */
  public boolean isComplete() {
    Map.Entry<Long, Long> run = runs.firstEntry();
    return total == 0 || (run != null && run.getKey() == 0 && run.getValue() == total);
  }
}
