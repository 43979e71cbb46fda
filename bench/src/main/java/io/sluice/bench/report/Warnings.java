package io.sluice.bench.report;

import io.sluice.bench.compare.Outcome;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.MachineResult;
import io.sluice.bench.storm.GeneratorLoad;
import io.sluice.bench.storm.TurnResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a reader must know before believing the figures. */
final class Warnings {
  private Warnings() {}

  static List<String> of(List<Outcome> outcomes, boolean interrupted) {
    List<String> warnings = new ArrayList<>();
    if (interrupted) {
      warnings.add("the run was ended before it was over; this is what had been measured");
    }
    Map<String, List<TurnResult>> byPlace = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      String machines = outcome.machines() == 1 ? " machine" : " machines";
      byPlace
          .computeIfAbsent(
              outcome.target().name() + ", " + outcome.machines() + machines,
              unseen -> new ArrayList<>())
          .add(outcome.result());
    }
    byPlace.forEach(
        (place, rounds) -> {
          whatFailed(rounds).forEach(warning -> warnings.add(place + ": " + warning));
          ofGenerator(rounds).forEach(warning -> warnings.add(place + ": " + warning));
        });
    warnings.addAll(differingLengths(outcomes));
    return List.copyOf(warnings);
  }

  private static List<String> whatFailed(List<TurnResult> rounds) {
    List<String> warnings = new ArrayList<>();
    long failed = 0;
    long dropped = 0;
    Map<String, Long> probes = new TreeMap<>();
    for (TurnResult round : rounds) {
      failed += round.record().boots(MachineResult.FAILED);
      dropped += round.record().droppedSpans();
      round.probes().failures().forEach((label, n) -> probes.merge(label, n, Long::sum));
    }
    if (failed > 0) {
      warnings.add(failed + (failed == 1 ? " boot failed" : " boots failed"));
    }
    probes.forEach((label, n) -> warnings.add(n + " probes failed: " + label));
    if (dropped > 0) {
      warnings.add(dropped + " stages are missing from the time line");
    }
    return warnings;
  }

  private static List<String> ofGenerator(List<TurnResult> rounds) {
    List<String> warnings = new ArrayList<>();
    List<GeneratorLoad> saturated =
        rounds.stream().map(TurnResult::load).filter(GeneratorLoad::saturated).toList();
    if (!saturated.isEmpty()) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "the generator was the bottleneck in %d of %d rounds: its busiest loop ran %.0f %%"
                  + " of the time and waited %.0f %% for a CPU; throughput is a lower bound",
              saturated.size(),
              rounds.size(),
              100 * saturated.get(0).busiestLoop(),
              100 * saturated.get(0).waiting()));
    }
    List<Double> late =
        rounds.stream()
            .map(round -> round.probes().lag().distribution().p99())
            .filter(GeneratorLoad::late)
            .toList();
    if (!late.isEmpty()) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "the generator sent its probes late in %d of %d rounds, p99 up to %.1f ms after they"
                  + " were due; that is part of their latency",
              late.size(),
              rounds.size(),
              late.stream().mapToDouble(Double::doubleValue).max().orElse(0)));
    }
    return warnings;
  }

  private static List<String> differingLengths(List<Outcome> outcomes) {
    Map<BootStage, Map<Long, Set<String>>> lengths = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      outcome
          .result()
          .lengths()
          .forEach(
              (stage, length) ->
                  lengths
                      .computeIfAbsent(stage, unseen -> new LinkedHashMap<>())
                      .computeIfAbsent(length, unseen -> new LinkedHashSet<>())
                      .add(outcome.target().name()));
    }
    List<String> warnings = new ArrayList<>();
    lengths.forEach(
        (stage, byLength) -> {
          if (byLength.size() > 1) {
            warnings.add(
                "the "
                    + stage.label()
                    + " has different lengths, in bytes: "
                    + byLength
                    + "; these targets did not do the same work");
          }
        });
    return warnings;
  }
}
