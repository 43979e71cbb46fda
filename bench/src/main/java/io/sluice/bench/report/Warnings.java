package io.sluice.bench.report;

import io.sluice.bench.compare.Outcome;
import io.sluice.bench.machine.Ending;
import io.sluice.bench.machine.Stage;
import io.sluice.bench.storm.TurnResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a reader must know before believing the figures. */
final class Warnings {
  private Warnings() {}

  static List<String> of(List<Outcome> outcomes, boolean interrupted) {
    List<String> warnings = new ArrayList<>();
    if (interrupted) {
      warnings.add("the run was ended before it was over; this is what had been measured");
    }
    for (Outcome outcome : outcomes) {
      TurnResult result = outcome.result();
      String where =
          outcome.target().name()
              + ", "
              + outcome.machines()
              + " machines, round "
              + outcome.round()
              + ": ";
      long failed = result.record().boots(Ending.FAILED);
      if (failed > 0) {
        warnings.add(where + failed + " boots failed");
      }
      result.probes().failures().forEach((k, n) -> warnings.add(where + n + " probes: " + k));
      double lag = result.probes().lag().distribution().p99();
      result.load().warnings(lag).forEach(warning -> warnings.add(where + warning));
      if (result.record().droppedSpans() > 0) {
        warnings.add(
            where + result.record().droppedSpans() + " stages are missing from the time line");
      }
    }
    warnings.addAll(differingLengths(outcomes));
    return List.copyOf(warnings);
  }

  private static List<String> differingLengths(List<Outcome> outcomes) {
    Map<Stage, Map<Long, Set<String>>> lengths = new LinkedHashMap<>();
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
