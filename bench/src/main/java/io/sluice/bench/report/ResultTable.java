package io.sluice.bench.report;

import io.sluice.bench.record.Distribution;
import io.sluice.bench.record.StageRecord;
import io.sluice.bench.units.ByteSize;
import io.sluice.bench.units.TimeSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report as a table for a terminal. */
public final class ResultTable {
  private static final String NONE = "-";

  private ResultTable() {}

  /** The whole report. */
  public static String of(Report report) {
    StringBuilder text = new StringBuilder();
    Map<Integer, List<Report.Result>> byCount = new LinkedHashMap<>();
    for (Report.Result result : report.results()) {
      byCount.computeIfAbsent(result.machines(), count -> new ArrayList<>()).add(result);
    }
    byCount.forEach(
        (machines, results) -> {
          text.append('\n').append(machines).append(machines == 1 ? " machine\n" : " machines\n");
          text.append(targets(report, machines, results)).append('\n');
          text.append(stages(results));
          TextTable views = views(results);
          if (!views.isEmpty()) {
            text.append('\n').append(views);
          }
          text.append(failures(results));
        });
    if (!report.warnings().isEmpty()) {
      text.append('\n');
      report.warnings().forEach(warning -> text.append("! ").append(warning).append('\n'));
    }
    return text.toString();
  }

  private static TextTable targets(Report report, int machines, List<Report.Result> results) {
    TextTable table =
        new TextTable(
            "target",
            "rank",
            "bytes/s",
            "min",
            "max",
            "ratio",
            "CPU s/GiB",
            "booted",
            "failed",
            "cut off",
            "probe rank",
            "probe p50",
            "p99",
            "p99.9",
            "max");
    for (Report.Result result : results) {
      Distribution probe = result.probe().fromDue();
      table.row(
          result.target(),
          rank(report, machines, Measure.THROUGHPUT.label(), result.target()),
          rate(result.bytesPerSecond().median()),
          rate(result.bytesPerSecond().min()),
          rate(result.bytesPerSecond().max()),
          number(result.ratio(), "%.2f"),
          number(result.cpuSecondsPerGiB(), "%.3f"),
          boots(result, "done"),
          boots(result, "failed"),
          boots(result, "cut off"),
          rank(report, machines, Measure.PROBE_P99.label(), result.target()),
          millis(probe, probe.p50()),
          millis(probe, probe.p99()),
          millis(probe, probe.p999()),
          millis(probe, probe.max()));
    }
    return table;
  }

  private static TextTable stages(List<Report.Result> results) {
    TextTable table =
        new TextTable(
            "stage",
            "target",
            "done",
            "failed",
            "told to wait",
            "first byte p50",
            "p99",
            "whole p50",
            "p99",
            "max",
            "each p50");
    int count = results.isEmpty() ? 0 : results.get(0).stages().size();
    for (int i = 0; i < count; i++) {
      for (Report.Result result : results) {
        Report.BootFigures stage = result.stages().get(i);
        table.row(
            stage.stage(),
            result.target(),
            Long.toString(stage.done()),
            Long.toString(stage.failed()),
            Long.toString(stage.toldToWait()),
            millis(stage.firstByte(), stage.firstByte().p50()),
            millis(stage.firstByte(), stage.firstByte().p99()),
            millis(stage.whole(), stage.whole().p50()),
            millis(stage.whole(), stage.whole().p99()),
            millis(stage.whole(), stage.whole().max()),
            stage.rate().count() == 0 ? NONE : rate(stage.rate().p50()));
      }
    }
    return table;
  }

  private static TextTable views(List<Report.Result> results) {
    TextTable table =
        new TextTable(
            "stage",
            "target",
            "round",
            "client p50",
            "server p50",
            "client p99",
            "server p99",
            "client saw",
            "server saw");
    for (Report.Result result : results) {
      for (Report.Round round : result.rounds()) {
        round
            .sameView()
            .forEach(
                (stage, views) ->
                    table.row(
                        stage,
                        result.target(),
                        Integer.toString(round.round()),
                        TimeSpan.text(views.clientP50()),
                        TimeSpan.text(views.serverP50()),
                        TimeSpan.text(views.clientP99()),
                        TimeSpan.text(views.serverP99()),
                        Long.toString(views.clientCount()),
                        Long.toString(views.serverCount())));
      }
    }
    return table;
  }

  private static String failures(List<Report.Result> results) {
    StringBuilder text = new StringBuilder();
    for (Report.Result result : results) {
      for (Report.BootFigures stage : result.stages()) {
        stage
            .failures()
            .forEach((label, count) -> text.append(failure(result, stage, label, count)));
      }
    }
    return text.isEmpty() ? "" : "\nfailures\n" + text;
  }

  private static String failure(
      Report.Result result,
      Report.BootFigures stage,
      String label,
      StageRecord.FailureCount count) {
    return String.format(
        Locale.ROOT,
        "  %s, %s: %d × %s (%s)%n",
        result.target(),
        stage.stage(),
        count.count(),
        label,
        count.example());
  }

  private static String rank(Report report, int machines, String measure, String target) {
    return report.standings().stream()
        .filter(s -> s.machines() == machines && s.measure().equals(measure))
        .flatMap(s -> s.rows().stream())
        .filter(row -> row.target().equals(target))
        .map(row -> Integer.toString(row.rank()))
        .findFirst()
        .orElse(NONE);
  }

  private static String boots(Report.Result result, String ending) {
    return Long.toString(
        result.rounds().stream().mapToLong(r -> r.boots().getOrDefault(ending, 0L)).sum());
  }

  private static String millis(Distribution of, double millis) {
    return of.count() == 0 ? NONE : TimeSpan.text(millis);
  }

  private static String rate(double bytesPerSecond) {
    return bytesPerSecond == 0 ? NONE : ByteSize.text(bytesPerSecond) + "/s";
  }

  private static String number(@Nullable Double value, String format) {
    return value == null ? NONE : String.format(Locale.ROOT, format, value);
  }
}
