package io.sluice.bench.report;

import io.sluice.bench.compare.Comparison;
import io.sluice.bench.compare.Outcome;
import io.sluice.bench.compare.Target;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.probe.ProbeRecord;
import io.sluice.bench.record.Distribution;
import io.sluice.bench.record.StageRecord;
import io.sluice.bench.record.TurnRecord;
import io.sluice.bench.units.ByteSize;
import io.sluice.bench.units.TimeSpan;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/** Shows on a terminal how the run is getting on: a bar a stage; elsewhere a line a turn. */
public final class LiveView implements Comparison.Observer {
  private static final int BAR = 40;

  /** Drawing is for eyes: more often than this is wasted on them. */
  private static final double SECONDS_PER_FRAME = 0.25;

  private static final String CLEAR_LINE = "\u001b[2K";
  private static final String UP = "\u001b[%dA";

  private final PrintWriter out;
  private final boolean animated;
  private String heading = "";
  private int machines;
  private int lines;
  private double drawnAt;
  private long bytesThen;
  private double rate;

  /**
   * A view.
   *
   * @param out the terminal
   * @param animated whether it understands cursor movements
   */
  public LiveView(PrintWriter out, boolean animated) {
    this.out = out;
    this.animated = animated;
  }

  @Override
  public void serversComeToRest() {
    out.println("waiting for the servers that were started to come to rest");
    out.flush();
  }

  @Override
  public void turnBegins(Target target, int count, int round, int rounds) {
    machines = count;
    heading =
        target.name()
            + ": "
            + count
            + (count == 1 ? " machine, " : " machines, ")
            + (round == 0 ? "warming up" : "round " + round + " of " + rounds);
    drawnAt = 0;
    bytesThen = 0;
    rate = 0;
    if (!animated) {
      out.println(heading);
      out.flush();
    }
  }

  @Override
  public void turnGoesOn(TurnRecord record, ProbeRecord probes, double seconds) {
    if (!animated || seconds - drawnAt < SECONDS_PER_FRAME) {
      return;
    }
    long bytes = record.receivedBytes();
    rate = (bytes - bytesThen) / (seconds - drawnAt);
    bytesThen = bytes;
    drawnAt = seconds;
    draw(record, probes, seconds);
  }

  private void draw(TurnRecord record, ProbeRecord probes, double seconds) {
    clear();
    line("%s, %.1f s, %s/s", heading, seconds, ByteSize.text(rate));
    for (Map.Entry<BootStage, StageRecord> entry : record.stages().entrySet()) {
      StageRecord stage = entry.getValue();
      long of = Math.max(machines, stage.began());
      line(
          "%-10s %s %d/%d%s%s",
          entry.getKey().label(),
          bar(stage.done(), stage.began(), of),
          stage.done(),
          of,
          stage.failed() > 0 ? "  failed " + stage.failed() : "",
          stage.toldToWait() > 0 ? "  told to wait " + stage.toldToWait() : "");
    }
    if (probes.sent() > 0) {
      Distribution probe = probes.fromDue().distribution();
      line(
          "%-10s p50 %s  p99 %s  max %s  waiting %d",
          "probes",
          TimeSpan.text(probe.p50()),
          TimeSpan.text(probe.p99()),
          TimeSpan.text(probe.max()),
          probes.sent() - probe.count());
    }
    out.flush();
  }

  /** Done is full, under way is light, to come is empty. */
  private static String bar(long done, long began, long of) {
    int full = (int) (BAR * done / Math.max(1, of));
    int light = (int) (BAR * began / Math.max(1, of)) - full;
    return "█".repeat(full) + "▒".repeat(light) + "·".repeat(BAR - full - light);
  }

  private void line(String format, Object... values) {
    out.print(CLEAR_LINE + String.format(Locale.ROOT, format, values) + "\n");
    lines++;
  }

  /** Takes the view off the terminal. */
  public void clear() {
    if (lines > 0) {
      out.print(String.format(Locale.ROOT, UP, lines));
      out.print((CLEAR_LINE + "\n").repeat(lines));
      out.print(String.format(Locale.ROOT, UP, lines));
      out.flush();
      lines = 0;
    }
  }

  @Override
  public void turnEnded(Outcome outcome) {
    clear();
    if (animated) {
      out.println(heading + ": " + ByteSize.text(outcome.result().bytesPerSecond()) + "/s");
      out.flush();
    }
  }
}
