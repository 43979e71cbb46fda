package io.sluice.bench;

import io.sluice.bench.arrivals.Arrivals;
import io.sluice.bench.compare.CpuPin;
import io.sluice.bench.machine.PathTemplate;
import io.sluice.bench.units.ByteRate;
import io.sluice.bench.units.ByteSize;
import io.sluice.bench.units.Frequency;
import io.sluice.bench.units.TimeSpan;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.TypeConversionException;

/** Rehearses boot storms. */
@Command(
    name = "sluice-bench",
    description = "Rehearses a boot storm against any HTTP server, and shows what happened.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {StormCommand.class, PlanCommand.class})
public final class Main {
  /** What a run ends with when something failed while running. */
  static final int FAILED = 1;

  private Main() {}

  /** Runs a command and ends the process: 0 done, 1 failed while running, 2 bad usage. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    register(line, Arrivals.class, Arrivals::parse);
    register(line, PathTemplate.class, PathTemplate::new);
    register(line, ByteSize.class, ByteSize::parse);
    register(line, ByteRate.class, ByteRate::parse);
    register(line, Frequency.class, Frequency::parse);
    register(line, Duration.class, TimeSpan::parse);
    register(line, CpuPin.class, CpuPin::new);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          command.getErr().println("sluice-bench: " + failure.getMessage());
          return FAILED;
        });
    return line;
  }

  /** Says what was expected where picocli would only name the type. */
  private static <T> void register(CommandLine line, Class<T> type, ITypeConverter<T> parse) {
    line.registerConverter(
        type,
        text -> {
          try {
            return parse.convert(text);
          } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(String.valueOf(wrong.getMessage()));
          }
        });
  }

  /** The version the jar's manifest carries. */
  public static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"sluice-bench " + number()};
    }

    static String number() {
      String version = Main.class.getPackage().getImplementationVersion();
      return version == null ? "(not packaged)" : version;
    }
  }
}
