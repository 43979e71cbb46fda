package io.sluice.bench;

import io.sluice.bench.client.ClientLoops;
import io.sluice.bench.compare.Comparison;
import io.sluice.bench.compare.CpuPin;
import io.sluice.bench.compare.Outcome;
import io.sluice.bench.compare.Target;
import io.sluice.bench.machine.BootSequence;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.PathTemplate;
import io.sluice.bench.report.Conditions;
import io.sluice.bench.report.LiveView;
import io.sluice.bench.report.Report;
import io.sluice.bench.report.ReportBuilder;
import io.sluice.bench.storm.DryRun;
import io.sluice.bench.storm.StopSignal;
import io.sluice.bench.storm.StormSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Storms one target, or compares several. */
@Command(
    name = "storm",
    description = "Storms one server, or compares several in interleaved rounds.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class StormCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();
  @Mixin TargetOptions targetOptions = new TargetOptions();
  @Mixin BootOptions bootOptions = new BootOptions();
  @Mixin ClientOptions clientOptions = new ClientOptions();
  @Mixin OutputOptions outputOptions = new OutputOptions();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often everything is repeated. Default: ${DEFAULT-VALUE}")
  int rounds = 1;

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      defaultValue = "0",
      description =
          "How long each target is stormed, with ten times the probes, before it counts. Default: not"
              + " at all")
  Duration warmup = Duration.ZERO;

  @Option(
      names = "--client-threads",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Event loops for machines. Default: one a CPU of --pin-clients, else one in two")
  int clientThreads;

  @Option(
      names = "--server-histogram",
      paramLabel = "STAGE=SELECTOR",
      description =
          "The server's histogram that shows a stage, as NAME{LABEL=\"VALUE\"}. Default: Sluice's")
  Map<String, String> serverHistograms = new LinkedHashMap<>();

  @Override
  public Integer call() throws Exception {
    clientOptions.check(spec);
    if (rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rounds: '" + rounds + "' (expected: at least 1)");
    }
    List<Target> targets = targetOptions.targets(spec);
    Map<Target, StormSettings> settings = new LinkedHashMap<>();
    targets.forEach(target -> settings.put(target, settings(target)));
    CpuPin clientCpus = targetOptions.clientCpus;
    int threads = threads(clientCpus);
    ReportBuilder builder = builder(targets, threads);
    if (clientCpus != null) {
      clientCpus.apply();
    }
    StopSignal stop = new StopSignal();
    Thread hook = Interruption.install(stop);
    try {
      return run(targets, settings, threads, builder, stop);
    } finally {
      stop.ended();
      Interruption.remove(hook);
    }
  }

  private int run(
      List<Target> targets,
      Map<Target, StormSettings> settings,
      int threads,
      ReportBuilder builder,
      StopSignal stop)
      throws IOException, InterruptedException {
    List<Outcome> outcomes = new ArrayList<>();
    Comparison.Plan plan =
        new Comparison.Plan(clientOptions.machines, rounds, warmup, targetOptions.serverCpus);
    LiveView live = new LiveView(spec.commandLine().getErr(), animated());
    String failure = null;
    try (ClientLoops machines =
            new ClientLoops("machines", threads, clientOptions.machineClient());
        ClientLoops probes = new ClientLoops("probes", 1, clientOptions.probeClient())) {
      probes.raisePriority();
      DryRun.run(machines, probes, stop);
      new Comparison(targets, plan, target -> of(settings, target), stop, live)
          .run(machines, probes, outcomes);
    } catch (IOException notStarted) {
      failure = String.valueOf(notStarted.getMessage());
    }
    live.clear();
    Report report = builder.build(outcomes, stop.requested());
    PrintWriter out = spec.commandLine().getOut();
    ReportFiles.write(report, outputOptions, out);
    if (failure != null) {
      spec.commandLine().getErr().println("sluice-bench: " + failure);
    }
    boolean clean = outcomes.stream().allMatch(outcome -> outcome.result().clean());
    return failure == null && clean && !outcomes.isEmpty() ? 0 : Main.FAILED;
  }

  private boolean animated() {
    return switch (outputOptions.live) {
      case on -> true;
      case off -> false;
      case auto -> Terminal.isStandardError();
    };
  }

  private static StormSettings of(Map<Target, StormSettings> settings, Target target) {
    StormSettings found = settings.get(target);
    if (found == null) {
      throw new IllegalStateException("no settings for " + target.name());
    }
    return found;
  }

  private ReportBuilder builder(List<Target> targets, int threads) {
    CpuPin clientCpus = targetOptions.clientCpus;
    CpuPin serverCpus = targetOptions.serverCpus;
    List<String> commandLine = spec.commandLine().getParseResult().originalArgs();
    Conditions conditions =
        Conditions.look(
            commandLine,
            Main.Version.number(),
            threads,
            clientCpus == null ? "" : clientCpus.list(),
            serverCpus == null ? "" : serverCpus.list());
    String chosen = targetOptions.baseline(spec);
    String baseline = targets.size() > 1 ? chosen : null;
    boolean probeIsScript =
        clientOptions.probe == null || clientOptions.probe.equals(bootOptions.script);
    return new ReportBuilder(
        outputOptions.title, Instant.now(), conditions, targets, baseline, probeIsScript);
  }

  private int threads(@Nullable CpuPin clientCpus) {
    if (clientThreads > 0) {
      return clientThreads;
    }
    return clientCpus == null
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2)
        : clientCpus.count();
  }

  private StormSettings settings(Target target) {
    BootSequence sequence = bootOptions.sequence(spec, target.path());
    return new StormSettings(
        sequence,
        clientOptions.arrival,
        clientOptions.duration,
        !clientOptions.noRetry,
        clientOptions.vanish,
        clientOptions.vanishing(),
        probe(target),
        clientOptions.probeRate.perSecond(),
        clientOptions.lengths(spec),
        clientOptions.digests(spec),
        histograms(),
        clientOptions.seed);
  }

  private @Nullable PathTemplate probe(Target target) {
    PathTemplate path = clientOptions.probe == null ? bootOptions.script : clientOptions.probe;
    return path == null ? null : new PathTemplate(target.path() + path.text());
  }

  private Map<String, String> histograms() {
    Map<String, String> selectors = new LinkedHashMap<>(ServerHistograms.OF_SLUICE);
    serverHistograms.forEach(
        (name, selector) ->
            selectors.put(ClientOptions.stage(spec, "--server-histogram", name).label(), selector));
    return selectors;
  }

  /** Which of Sluice's histograms shows which stage. */
  private static final class ServerHistograms {
    static final Map<String, String> OF_SLUICE =
        Map.of(
            BootStage.SCRIPT.label(), "http_request_duration_seconds{endpoint=\"boot\"}",
            BootStage.KERNEL.label(), "http_request_duration_seconds{endpoint=\"boot_asset\"}",
            BootStage.INITRD.label(), "http_request_duration_seconds{endpoint=\"boot_asset\"}",
            BootStage.IMAGE.label(), "http_request_duration_seconds{endpoint=\"image\"}",
            BootStage.COMPLETION.label(), "http_request_duration_seconds{endpoint=\"api\"}");
  }
}
