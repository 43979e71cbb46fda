package io.sluice.bench;

import io.sluice.bench.arrivals.Arrivals;
import io.sluice.bench.plan.Forecast;
import io.sluice.bench.plan.MeasuredServer;
import io.sluice.bench.plan.Question;
import io.sluice.bench.report.JsonDocument;
import io.sluice.bench.report.Report;
import io.sluice.bench.units.ByteRate;
import io.sluice.bench.units.ByteSize;
import io.sluice.bench.units.TimeSpan;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Tells how long a storm of another size will take. */
@Command(
    name = "plan",
    description =
        "From one measured run, how long N machines with an image of some size over a link will"
            + " take, and what limits it.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class PlanCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      paramLabel = "FILE",
      required = true,
      description = "What storm --json wrote.")
  Path from = Path.of("");

  @Option(
      names = "--target",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Which server of that run. Default: the first one.")
  String target = "";

  @Option(names = "--machines", paramLabel = "N", required = true, description = "How many.")
  int machines;

  @Option(
      names = "--image",
      paramLabel = "SIZE",
      required = true,
      description = "Bytes of the image, as 8G or 8GiB.")
  ByteSize image = new ByteSize(0);

  @Option(
      names = "--link",
      paramLabel = "RATE",
      required = true,
      description = "The server's link, as 10Gbit.")
  ByteRate link = new ByteRate(1);

  @Option(
      names = "--machine-rate",
      paramLabel = "RATE",
      description = "What one machine can take. Default: no bound.")
  @Nullable ByteRate machineRate;

  @Option(
      names = "--arrival",
      paramLabel = "PATTERN",
      defaultValue = "all",
      description = "As for storm. Default: ${DEFAULT-VALUE}")
  Arrivals arrival = new Arrivals.AllAtOnce();

  @Override
  public Integer call() throws IOException {
    if (machines < 1) {
      throw new ParameterException(
          spec.commandLine(), "--machines: '" + machines + "' (expected: at least 1)");
    }
    Report report = JsonDocument.read(from);
    long rate = machineRate == null ? 0 : machineRate.bytesPerSecond();
    Question question = new Question(machines, image.bytes(), link.bytesPerSecond(), rate, arrival);
    MeasuredServer measured;
    try {
      measured = MeasuredServer.of(report, target, machines);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), "--target: " + unknown.getMessage(), unknown);
    }
    print(Forecast.of(question, measured), measured);
    return 0;
  }

  private void print(Forecast forecast, MeasuredServer measured) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d machines, %s each: %s until the last one has its image.%n",
        machines,
        ByteSize.text(image.bytes() + measured.otherBytes()),
        TimeSpan.text(forecast.seconds() * 1000));
    out.printf(
        Locale.ROOT,
        "Limited by %s, assuming that %s.%n%n",
        forecast.limit().name(),
        forecast.limit().assumption());
    for (Forecast.Bound bound : forecast.bounds()) {
      out.printf(
          Locale.ROOT,
          "  %-22s %10s  %s%n",
          bound.name(),
          TimeSpan.text(bound.seconds() * 1000),
          bound.assumption());
    }
    out.printf(
        Locale.ROOT,
        "  %-22s %10s  added to the limit: script, kernel, initrd and completion as measured%n",
        "everything else",
        TimeSpan.text(forecast.otherSeconds() * 1000));
    out.flush();
  }
}
