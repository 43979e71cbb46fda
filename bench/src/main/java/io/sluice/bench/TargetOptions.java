package io.sluice.bench;

import io.sluice.bench.compare.CpuPin;
import io.sluice.bench.compare.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which servers are stormed, and how they are started. */
final class TargetOptions {
  @Option(
      names = "--target",
      paramLabel = "NAME=URL",
      required = true,
      description = "A server to storm. Several are compared, in interleaved rounds.")
  Map<String, String> urls = new LinkedHashMap<>();

  @Option(
      names = "--spawn",
      paramLabel = "NAME='COMMAND'",
      description = "Starts that target before the first round and ends it after the last.")
  Map<String, String> commands = new LinkedHashMap<>();

  @Option(
      names = "--metrics",
      paramLabel = "NAME=URL",
      description = "That target's Prometheus endpoint, scraped each second.")
  Map<String, String> metrics = new LinkedHashMap<>();

  @Option(
      names = "--pin-servers",
      paramLabel = "CPUS",
      description = "CPUs that spawned targets run on, such as 0 or 0-1.")
  @Nullable CpuPin serverCpus;

  @Option(
      names = "--pin-clients",
      paramLabel = "CPUS",
      description = "CPUs that this program runs on.")
  @Nullable CpuPin clientCpus;

  @Option(
      names = "--baseline",
      paramLabel = "NAME",
      description = "The target that ratios are to. Default: the first one.")
  @Nullable String baseline;

  /** The targets in the order of the command line. */
  List<Target> targets(CommandSpec spec) {
    requireKnown(spec, "--spawn", commands);
    requireKnown(spec, "--metrics", metrics);
    List<Target> targets = new ArrayList<>();
    urls.forEach(
        (name, url) -> {
          String option = "--target " + name;
          try {
            String page = metrics.get(name);
            targets.add(
                Target.of(
                    name, url, page == null ? null : Target.httpUri(page), commands.get(name)));
          } catch (IllegalArgumentException wrong) {
            throw new ParameterException(
                spec.commandLine(), option + ": " + wrong.getMessage(), wrong);
          }
        });
    return targets;
  }

  /** The target that ratios are to. */
  String baseline(CommandSpec spec) {
    String first = urls.keySet().iterator().next();
    if (baseline != null && !urls.containsKey(baseline)) {
      throw new ParameterException(
          spec.commandLine(),
          "--baseline: '" + baseline + "' (expected: a target's name: " + urls.keySet() + ")");
    }
    return baseline == null ? first : baseline;
  }

  private void requireKnown(CommandSpec spec, String option, Map<String, String> byName) {
    for (String name : byName.keySet()) {
      if (!urls.containsKey(name)) {
        throw new ParameterException(
            spec.commandLine(),
            option + ": '" + name + "' (expected: a target's name: " + urls.keySet() + ")");
      }
    }
  }
}
