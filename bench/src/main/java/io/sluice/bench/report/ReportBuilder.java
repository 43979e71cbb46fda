package io.sluice.bench.report;

import io.sluice.bench.compare.Outcome;
import io.sluice.bench.compare.ServerCost;
import io.sluice.bench.compare.Target;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.MachineResult;
import io.sluice.bench.probe.ProbeRecord;
import io.sluice.bench.record.Distribution;
import io.sluice.bench.record.Latencies;
import io.sluice.bench.record.StageRecord;
import io.sluice.bench.record.TurnRecord;
import io.sluice.bench.scrape.ServerView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the report of what was measured, however much that is. */
public final class ReportBuilder {
  private static final double GIB = 1L << 30;

  /** Where no machine asks for a script, the server's histogram of scripts shows the probes. */
  private static final String PROBES = "probes";

  private final String title;
  private final Instant startedAt;
  private final Conditions conditions;
  private final List<Target> targets;
  private final @Nullable String baseline;
  private final boolean probeIsScript;

  /**
   * A builder for one run.
   *
   * @param baseline the target ratios are to, or null for none
   * @param probeIsScript whether probes ask for what machines ask for first, so that the server
   *     counts both as one
   */
  public ReportBuilder(
      String title,
      Instant startedAt,
      Conditions conditions,
      List<Target> targets,
      @Nullable String baseline,
      boolean probeIsScript) {
    this.title = title;
    this.startedAt = startedAt;
    this.conditions = conditions;
    this.targets = List.copyOf(targets);
    this.baseline = baseline;
    this.probeIsScript = probeIsScript;
  }

  /** The report of these turns. */
  public Report build(List<Outcome> outcomes, boolean interrupted) {
    Map<Integer, Map<String, List<Outcome>>> grouped = group(outcomes);
    List<Report.Result> results = new ArrayList<>();
    List<Report.Standing> standings = new ArrayList<>();
    grouped.forEach(
        (machines, byTarget) -> {
          List<Report.Result> ofCount = resultsOf(machines, byTarget);
          results.addAll(ofCount);
          standings.addAll(Standings.of(machines, ofCount, baseline));
        });
    return new Report(
        Report.FORMAT,
        title,
        startedAt.toString(),
        interrupted,
        conditions,
        targets.stream().map(target -> info(target, outcomes)).toList(),
        List.copyOf(results),
        List.copyOf(standings),
        Warnings.of(outcomes, interrupted));
  }

  /** By number of machines, then by target, both in the order they were asked for. */
  private Map<Integer, Map<String, List<Outcome>>> group(List<Outcome> outcomes) {
    Map<Integer, Map<String, List<Outcome>>> grouped = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      Map<String, List<Outcome>> byTarget =
          grouped.computeIfAbsent(outcome.machines(), count -> new LinkedHashMap<>());
      byTarget.computeIfAbsent(outcome.target().name(), name -> new ArrayList<>()).add(outcome);
    }
    return grouped;
  }

  private static Report.TargetInfo info(Target target, List<Outcome> outcomes) {
    String server =
        outcomes.stream()
            .filter(outcome -> outcome.target().name().equals(target.name()))
            .map(outcome -> outcome.result().record().server())
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    return new Report.TargetInfo(target.name(), target.url().toString(), target.command(), server);
  }

  private List<Report.Result> resultsOf(int machines, Map<String, List<Outcome>> byTarget) {
    List<Outcome> base = baseline == null ? null : byTarget.get(baseline);
    Report.Spread baseRate = base == null ? null : rate(base);
    List<Report.Result> results = new ArrayList<>();
    for (Target target : targets) {
      List<Outcome> rounds = byTarget.get(target.name());
      if (rounds != null) {
        results.add(result(target.name(), machines, rounds, baseRate));
      }
    }
    return results;
  }

  private static Report.Spread rate(List<Outcome> rounds) {
    return Ranking.spread(rounds.stream().map(o -> o.result().bytesPerSecond()).toList());
  }

  private Report.Result result(
      String target, int machines, List<Outcome> rounds, Report.@Nullable Spread baseRate) {
    Map<BootStage, StageRecord> stages = new EnumMap<>(BootStage.class);
    ProbeRecord probes = new ProbeRecord();
    for (Outcome outcome : rounds) {
      outcome
          .result()
          .record()
          .stages()
          .forEach((s, r) -> stages.computeIfAbsent(s, unseen -> new StageRecord()).add(r));
      probes.add(outcome.result().probes());
    }
    Report.Spread rate = rate(rounds);
    TurnRecord first = rounds.get(0).result().record();
    return new Report.Result(
        target,
        machines,
        rate,
        Ranking.spread(rounds.stream().map(ReportBuilder::probeP99).filter(p -> p > 0).toList()),
        Ranking.ratio(rate, baseRate),
        cpuSecondsPerGiB(rounds),
        rounds.stream().map(this::round).toList(),
        stages.entrySet().stream().map(e -> stage(e.getKey(), e.getValue())).toList(),
        probe(probes),
        new Report.Timeline(first.spans(), first.droppedSpans()));
  }

  private static double probeP99(Outcome outcome) {
    return outcome.result().probes().fromDue().distribution().p99();
  }

  private static @Nullable Double cpuSecondsPerGiB(List<Outcome> rounds) {
    double seconds = 0;
    double bytes = 0;
    for (Outcome outcome : rounds) {
      ServerCost cost = outcome.cost();
      if (cost == null) {
        return null;
      }
      seconds += cost.cpuSeconds();
      bytes += outcome.result().record().goodBytes();
    }
    return bytes == 0 ? null : seconds / (bytes / GIB);
  }

  private Report.Round round(Outcome outcome) {
    Map<String, Long> boots = new LinkedHashMap<>();
    for (MachineResult ending : MachineResult.values()) {
      boots.put(ending.label(), outcome.result().record().boots(ending));
    }
    Distribution probe = outcome.result().probes().fromDue().distribution();
    return new Report.Round(
        outcome.round(),
        outcome.result().seconds(),
        outcome.result().bytesPerSecond(),
        outcome.result().goodBytes(),
        boots,
        probe.p50(),
        probe.p99(),
        outcome.result().throughput(),
        outcome.result().load(),
        outcome.cost(),
        outcome.view(),
        sameView(outcome));
  }

  private Map<String, Report.TwoViews> sameView(Outcome outcome) {
    Map<String, Report.TwoViews> views = new LinkedHashMap<>();
    ServerView view = outcome.view();
    if (view == null) {
      return views;
    }
    outcome
        .result()
        .record()
        .stages()
        .forEach(
            (stage, record) -> {
              ServerView.BootFigures server = view.stages().get(stage.label());
              if (server != null) {
                Distribution client = clientView(stage, record, outcome.result().probes());
                views.put(stage.label(), twoViews(client, server));
              }
            });
    ServerView.BootFigures script = view.stages().get(BootStage.SCRIPT.label());
    Distribution probe = outcome.result().probes().fromDue().distribution();
    if (script != null && probe.count() > 0 && !views.containsKey(BootStage.SCRIPT.label())) {
      views.put(PROBES, twoViews(probe, script));
    }
    return views;
  }

  private static Report.TwoViews twoViews(Distribution client, ServerView.BootFigures server) {
    return new Report.TwoViews(
        client.p50(), server.p50(), client.p99(), server.p99(), client.count(), server.count());
  }

  private Distribution clientView(BootStage stage, StageRecord record, ProbeRecord probes) {
    if (stage != BootStage.SCRIPT || !probeIsScript) {
      return record.whole().distribution();
    }
    Latencies both = new Latencies();
    both.add(record.whole());
    both.add(probes.fromDue());
    return both.distribution();
  }

  private static Report.BootFigures stage(BootStage stage, StageRecord record) {
    return new Report.BootFigures(
        stage.label(),
        record.began(),
        record.done(),
        record.failed(),
        record.vanished(),
        record.cutOff(),
        record.toldToWait(),
        record.goodBytes(),
        record.failures(),
        record.firstByte().distribution(),
        record.whole().distribution(),
        record.rates().summary());
  }

  private static Report.Probe probe(ProbeRecord record) {
    return new Report.Probe(
        record.sent(),
        record.answered(),
        record.failures(),
        record.fromDue().distribution(),
        record.lag().distribution());
  }
}
