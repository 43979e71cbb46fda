package io.sluice.bench.plan;

import io.sluice.bench.report.Report;
import io.sluice.bench.storm.GeneratorLoad;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one run tells about a server.
 *
 * @param target its name
 * @param machines how many there were
 * @param bytesPerSecond it sent to all of them together
 * @param otherBytes each machine fetched beside its image
 * @param otherMillis a machine spent on everything but its image, in the middle
 * @param lowerBound why the server may be faster than that, or null
 */
public record MeasuredServer(
    String target,
    int machines,
    double bytesPerSecond,
    double otherBytes,
    double otherMillis,
    @Nullable String lowerBound) {
  private static final String IMAGE = "image";
  private static final String MACHINE_RATE = "--machine-rate";

  /**
   * Takes the storm whose number of machines is nearest to the one asked about.
   *
   * @param target a name in the report, or empty for its first
   * @throws IllegalArgumentException when the report has no good figure of that target
   */
  public static MeasuredServer of(Report report, String target, int machines) {
    List<Report.Result> usable =
        report.results().stream()
            .filter(result -> target.isEmpty() || result.target().equals(target))
            .filter(result -> result.bytesPerSecond().median() > 0)
            .toList();
    if (usable.isEmpty()) {
      throw new IllegalArgumentException(
          "'"
              + target
              + "' (expected: a target of that run that sent anything: "
              + report.targets().stream().map(Report.TargetInfo::name).toList()
              + ")");
    }
    String name = usable.get(0).target();
    Report.Result nearest =
        usable.stream()
            .filter(result -> result.target().equals(name))
            .min(Comparator.comparingDouble(result -> distance(result.machines(), machines)))
            .orElseThrow();
    boolean bounded =
        report.conditions().commandLine().stream().anyMatch(a -> a.startsWith(MACHINE_RATE));
    return of(nearest, bounded);
  }

  private static double distance(int a, int b) {
    return Math.abs(Math.log((double) a / b));
  }

  private static MeasuredServer of(Report.Result result, boolean bounded) {
    double otherBytes = 0;
    double otherMillis = 0;
    for (Report.BootFigures stage : result.stages()) {
      if (!stage.stage().equals(IMAGE) && stage.done() > 0) {
        otherBytes += (double) stage.goodBytes() / stage.done();
        otherMillis += stage.whole().p50();
      }
    }
    boolean saturated =
        result.rounds().stream().map(Report.Round::load).anyMatch(GeneratorLoad::saturated);
    return new MeasuredServer(
        result.target(),
        result.machines(),
        result.bytesPerSecond().median(),
        otherBytes,
        otherMillis,
        bounded
            ? "its machines were bounded there"
            : saturated ? "the generator was the bottleneck there" : null);
  }
}
