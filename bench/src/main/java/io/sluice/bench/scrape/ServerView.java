package io.sluice.bench.scrape;

import java.util.List;
import java.util.Map;

/**
 * What a server's Prometheus endpoint told about a turn.
 *
 * @param scrapes how many succeeded
 * @param failures how many did not
 * @param stages by the stage's label, where the server has the histogram
 * @param samples one a scrape
 */
public record ServerView(
    int scrapes, int failures, Map<String, BootFigures> stages, List<Sample> samples) {
  /**
   * A histogram of the server's, over the turn.
   *
   * @param selector which
   * @param count requests it saw
   * @param p50 milliseconds, from the bucket that holds it
   * @param p99 milliseconds, from the bucket that holds it
   */
  public record BootFigures(String selector, long count, double p50, double p99) {}

  /**
   * The server at one moment.
   *
   * @param seconds after the turn's beginning
   * @param inFlight requests it was answering
   * @param bytes it had sent since the turn's beginning
   * @param scrapeMillis how long the scrape took
   */
  public record Sample(double seconds, double inFlight, double bytes, double scrapeMillis) {}
}
