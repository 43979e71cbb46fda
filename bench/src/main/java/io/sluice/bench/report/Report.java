package io.sluice.bench.report;

import io.sluice.bench.compare.ServerCost;
import io.sluice.bench.record.Distribution;
import io.sluice.bench.record.RateSeries;
import io.sluice.bench.record.Rates;
import io.sluice.bench.record.Span;
import io.sluice.bench.record.StageRecord;
import io.sluice.bench.scrape.ServerView;
import io.sluice.bench.storm.GeneratorLoad;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is to tell about a run: what {@code --json} writes, the page shows, and {@code
 * plan} reads.
 *
 * @param format names this layout
 * @param title the operator's, for the page
 * @param startedAt ISO 8601
 * @param interrupted whether the operator ended the run before it was over
 * @param conditions of the run
 * @param targets in the order of the command line
 * @param results one for each target and number of machines
 * @param standings one for each number of machines and measure
 * @param warnings what a reader must know before believing the figures
 */
public record Report(
    String format,
    String title,
    String startedAt,
    boolean interrupted,
    Conditions conditions,
    List<TargetInfo> targets,
    List<Result> results,
    List<Standing> standings,
    List<String> warnings) {
  /** The layout this program writes and reads. */
  public static final String FORMAT = "sluice-bench/1";

  /**
   * A server.
   *
   * @param name on the command line
   * @param url of it
   * @param command that started it, or null
   * @param server what it calls itself, or null
   */
  public record TargetInfo(
      String name, String url, @Nullable String command, @Nullable String server) {}

  /**
   * One target with one number of machines, over all rounds.
   *
   * @param target its name
   * @param machines how many
   * @param bytesPerSecond over the rounds
   * @param probeP99Millis over the rounds
   * @param ratio of the median throughput to the baseline's, or null without one
   * @param cpuSecondsPerGiB the server's, where it was started here and sent anything
   * @param rounds each of them
   * @param stages all rounds together
   * @param probe all rounds together
   * @param timeline the first round's machines
   */
  public record Result(
      String target,
      int machines,
      Spread bytesPerSecond,
      Spread probeP99Millis,
      @Nullable Double ratio,
      @Nullable Double cpuSecondsPerGiB,
      List<Round> rounds,
      List<BootFigures> stages,
      Probe probe,
      Timeline timeline) {}

  /**
   * A figure over the rounds.
   *
   * @param median of them
   * @param min the smallest
   * @param max the largest
   */
  public record Spread(double median, double min, double max) {}

  /**
   * One turn.
   *
   * @param round from 1
   * @param seconds it took
   * @param bytesPerSecond body bytes of requests that did not fail
   * @param goodBytes of the same
   * @param boots by how they ended
   * @param probeP50Millis of the probes, from when they were due
   * @param probeP99Millis of the probes, from when they were due
   * @param throughput bytes over time
   * @param load of the generator
   * @param cost of the server, where it was started here
   * @param view of the server, where it has one
   * @param sameView the client's percentiles beside the server's, by stage
   */
  public record Round(
      int round,
      double seconds,
      double bytesPerSecond,
      long goodBytes,
      Map<String, Long> boots,
      double probeP50Millis,
      double probeP99Millis,
      RateSeries.Snapshot throughput,
      GeneratorLoad load,
      @Nullable ServerCost cost,
      @Nullable ServerView view,
      Map<String, TwoViews> sameView) {}

  /**
   * The same percentiles seen from both ends, in milliseconds.
   *
   * @param clientP50 from the wish to the last byte, connecting included
   * @param serverP50 from the request's head to the last byte
   * @param clientP99 from the wish to the last byte, connecting included
   * @param serverP99 from the request's head to the last byte
   * @param clientCount answers the clients saw
   * @param serverCount answers the server saw
   */
  public record TwoViews(
      double clientP50,
      double serverP50,
      double clientP99,
      double serverP99,
      long clientCount,
      long serverCount) {}

  /**
   * One stage.
   *
   * @param stage its label
   * @param began machines that began it
   * @param done those that got everything
   * @param failed those that failed
   * @param vanished those that disappeared in it
   * @param cutOff those that were in it when the storm was over
   * @param toldToWait how often a machine was told to come back, and did
   * @param goodBytes body bytes of requests that did not fail
   * @param failures by label
   * @param firstByte from the wish to the first byte
   * @param whole from the wish to the last byte
   * @param rate bytes a second of each transfer of some size
   */
  public record BootFigures(
      String stage,
      long began,
      long done,
      long failed,
      long vanished,
      long cutOff,
      long toldToWait,
      long goodBytes,
      Map<String, StageRecord.FailureCount> failures,
      Distribution firstByte,
      Distribution whole,
      Rates.Summary rate) {}

  /**
   * The probes.
   *
   * @param sent how many
   * @param answered how many got a good answer
   * @param failures by label
   * @param fromDue from when each was due to its last byte
   * @param lag how late the generator sent them
   */
  public record Probe(
      long sent,
      long answered,
      Map<String, Long> failures,
      Distribution fromDue,
      Distribution lag) {}

  /**
   * Each machine's stages.
   *
   * @param spans in the order they ended
   * @param dropped how many there was no room for
   */
  public record Timeline(List<Span> spans, long dropped) {}

  /**
   * The ranking of the targets.
   *
   * @param machines how many there were
   * @param measure by what
   * @param rows the best first
   */
  public record Standing(int machines, String measure, List<Row> rows) {
    /**
     * One target.
     *
     * @param rank from 1; those that cannot be told apart share one
     * @param target its name
     * @param value over the rounds
     * @param ratio to the baseline's median, or null without one
     */
    public record Row(int rank, String target, Spread value, @Nullable Double ratio) {}
  }
}
