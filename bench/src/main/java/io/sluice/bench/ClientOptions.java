package io.sluice.bench;

import io.sluice.bench.arrivals.Arrivals;
import io.sluice.bench.client.ClientSettings;
import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.Habits;
import io.sluice.bench.machine.PathTemplate;
import io.sluice.bench.units.ByteRate;
import io.sluice.bench.units.ByteSize;
import io.sluice.bench.units.Frequency;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** How machines behave, and how many there are. */
final class ClientOptions {
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

  /** How a machine may disappear. */
  enum Vanishing {
    silence,
    reset
  }

  @Option(
      names = "--machines",
      paramLabel = "N[,N…]",
      split = ",",
      defaultValue = "64",
      description = "How many; several numbers are storms of their own. Default: ${DEFAULT-VALUE}")
  List<Integer> machines = List.of();

  @Option(
      names = "--arrival",
      paramLabel = "PATTERN",
      defaultValue = "all",
      description =
          "all (power restored), rate:N/s, poisson:N/s or ramp:N-M/s:TIME. Default:"
              + " ${DEFAULT-VALUE}")
  Arrivals arrival = new Arrivals.AllAtOnce();

  @Option(
      names = "--machine-rate",
      paramLabel = "RATE",
      description = "What one machine can take: 110M bytes a second, or 1Gbit.")
  @Nullable ByteRate machineRate;

  @Option(
      names = "--vanish",
      paramLabel = "FRACTION",
      defaultValue = "0",
      description = "The share of machines that disappear half-way through their image, 0 to 1.")
  double vanish;

  @Option(
      names = "--vanish-by",
      paramLabel = "HOW",
      defaultValue = "silence",
      description =
          "silence (no power: reads no more, closes nothing) or reset. Default: ${DEFAULT-VALUE}")
  Vanishing vanishBy = Vanishing.silence;

  @Option(
      names = "--no-retry",
      description = "Give up on 503 with Retry-After, as everything but iPXE does.")
  boolean noRetry;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "0",
      description = "Machines boot again and again for this long. Default: each boots once.")
  Duration duration = Duration.ZERO;

  @Option(
      names = "--probe",
      paramLabel = "PATH",
      description = "What probes ask for. Default: the script.")
  @Nullable PathTemplate probe;

  @Option(
      names = "--probe-rate",
      paramLabel = "N/s",
      defaultValue = "50/s",
      description = "How often, at a constant rate; 0 for no probes. Default: ${DEFAULT-VALUE}")
  Frequency probeRate = new Frequency(0);

  @Option(names = "--verify", description = "Digest every body and compare.")
  boolean verify;

  @Option(
      names = "--sha256",
      paramLabel = "STAGE=HEX",
      description = "The digest that stage must have; without it, with --verify, the first one's.")
  Map<String, String> sha256 = new LinkedHashMap<>();

  @Option(
      names = "--expect",
      paramLabel = "STAGE=SIZE",
      description = "The length that stage's body must have.")
  Map<String, ByteSize> expect = new LinkedHashMap<>();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "How long nothing may come. Default: ${DEFAULT-VALUE}")
  Duration timeout = Duration.ofSeconds(30);

  @Option(
      names = "--user-agent",
      paramLabel = "TEXT",
      defaultValue = "iPXE/1.21.1 (sluice-bench)",
      description = "What machines call themselves. Default: ${DEFAULT-VALUE}")
  String userAgent = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of everything random. Default: ${DEFAULT-VALUE}")
  long seed;

  /** Checks what picocli cannot. */
  void check(CommandSpec spec) {
    for (int count : machines) {
      require(spec, count >= 1, "--machines", count, "at least 1");
    }
    require(spec, vanish >= 0 && vanish <= 1, "--vanish", vanish, "a share from 0 to 1");
    require(spec, !timeout.isZero(), "--timeout", timeout, "more than 0");
    sha256.forEach(
        (stage, hex) ->
            require(
                spec, SHA256.matcher(hex).matches(), "--sha256 " + stage, hex, "64 hex digits"));
  }

  private static void require(
      CommandSpec spec, boolean holds, String option, Object value, String expected) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), option + ": '" + value + "' (expected: " + expected + ")");
    }
  }

  Habits.Vanishing vanishing() {
    return vanishBy == Vanishing.reset ? Habits.Vanishing.RESET : Habits.Vanishing.SILENCE;
  }

  Map<BootStage, Long> lengths(CommandSpec spec) {
    Map<BootStage, Long> lengths = new EnumMap<>(BootStage.class);
    expect.forEach((name, size) -> lengths.put(stage(spec, "--expect", name), size.bytes()));
    return lengths;
  }

  Map<BootStage, String> digests(CommandSpec spec) {
    Map<BootStage, String> digests = new EnumMap<>(BootStage.class);
    sha256.forEach(
        (name, hex) -> digests.put(stage(spec, "--sha256", name), hex.toLowerCase(Locale.ROOT)));
    return digests;
  }

  /** How machines read. */
  ClientSettings machineClient() {
    long rate = machineRate == null ? 0 : machineRate.bytesPerSecond();
    return new ClientSettings(userAgent, timeout, rate, verify || !sha256.isEmpty());
  }

  /** How probes read: as fast as they can. */
  ClientSettings probeClient() {
    return new ClientSettings(userAgent, timeout, 0, false);
  }

  static BootStage stage(CommandSpec spec, String option, String name) {
    try {
      return BootStage.of(name);
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(
          spec.commandLine(), option + ": " + unknown.getMessage(), unknown);
    }
  }
}
