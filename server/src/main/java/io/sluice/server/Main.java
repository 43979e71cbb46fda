package io.sluice.server;

import io.sluice.server.cli.ApplyCommand;
import io.sluice.server.cli.BackupCommand;
import io.sluice.server.cli.BootFilesCommand;
import io.sluice.server.cli.DhcpConfigCommand;
import io.sluice.server.cli.ImageCommand;
import io.sluice.server.cli.InstallerCommand;
import io.sluice.server.cli.MachineCommand;
import io.sluice.server.cli.ProfileCommand;
import io.sluice.server.config.ConfigException;
import io.sluice.server.config.UnusableSettingException;
import io.sluice.server.config.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 failed while running, 2 bad usage or configuration. */
@Command(
    name = "sluice",
    description = "Serves images and boot files to machines that boot from the network.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int BAD_USAGE = 2;

  /** The commands that run until a signal comes. */
  private static final Set<String> SERVING = Set.of("serve", "demo");

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // First of all: until then a SIGHUP, from logrotate say, ends the process.
    Signals signals = new Signals();
    if (arguments.length > 0 && SERVING.contains(arguments[0])) {
      signals.listen();
    }
    // Netty records the stack of one buffer in 128 to find leaks, and one script in
    // forty takes half as long again for it. The tests look at every buffer.
    System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
    // Times in the log have ASCII digits (RFC 3339), in Persian and Arabic locales too.
    Locale.setDefault(Locale.ROOT);
    System.exit(commandLine(System.getenv(), signals).execute(arguments));
  }

  /** The commands, for a process with this environment; signals do what they do by default. */
  public static CommandLine commandLine(Map<String, String> environment) {
    return commandLine(environment, new Signals());
  }

  private static CommandLine commandLine(Map<String, String> environment, Signals signals) {
    CommandLine sluice = new CommandLine(new Main());
    sluice.addSubcommand(ServeCommand.serve(environment, signals));
    sluice.addSubcommand(ServeCommand.demo(environment, signals));
    sluice.addSubcommand(
        new CommandLine(new ImageCommand()).setCaseInsensitiveEnumValuesAllowed(true));
    sluice.addSubcommand(new MachineCommand());
    sluice.addSubcommand(new ApplyCommand());
    sluice.addSubcommand(new ProfileCommand());
    sluice.addSubcommand(new InstallerCommand(environment));
    sluice.addSubcommand(new BootFilesCommand(environment));
    sluice.addSubcommand(
        new CommandLine(new DhcpConfigCommand(environment))
            .setCaseInsensitiveEnumValuesAllowed(true));
    sluice.addSubcommand(new BackupCommand(environment));
    setVersion(sluice);
    sluice.setParameterExceptionHandler(Main::explainUsage);
    sluice.setExecutionExceptionHandler(Main::explainFailure);
    return sluice;
  }

  private static void setVersion(CommandLine command) {
    command.getCommandSpec().version("sluice " + Version.current());
    command.getSubcommands().values().forEach(Main::setVersion);
  }

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_USAGE;
  }

  private static int explainUsage(CommandLine.ParameterException problem, String[] arguments) {
    CommandLine command = problem.getCommandLine();
    command
        .getErr()
        .println(
            command.getCommandSpec().qualifiedName()
                + ": "
                + wrong(problem)
                + meant(problem)
                + " (see --help)");
    return BAD_USAGE;
  }

  /** A value that is none of its option, as everything else that is wrong is told. */
  private static String wrong(CommandLine.ParameterException problem) {
    ArgSpec argument = problem.getArgSpec();
    if (argument == null || problem.getValue() == null) {
      return String.valueOf(problem.getMessage());
    }
    String name =
        argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    return name + ": " + problem.getValue() + " (expected: " + expected(argument) + ")";
  }

  private static String expected(ArgSpec argument) {
    if (argument.isMultiValue() && Map.class.isAssignableFrom(argument.type())) {
      return argument.paramLabel();
    }
    Class<?> type = argument.isMultiValue() ? argument.auxiliaryTypes()[0] : argument.type();
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(String::valueOf)
          .collect(Collectors.joining(", "));
    }
    return type == int.class || type == long.class || Number.class.isAssignableFrom(type)
        ? "a whole number"
        : argument.paramLabel();
  }

  /** What the operator may have meant by a command or an option that there is not. */
  private static String meant(CommandLine.ParameterException problem) {
    List<String> names =
        problem instanceof CommandLine.UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions()
            : List.of();
    return names.isEmpty() ? "" : "; did you mean " + String.join(" or ", names) + "?";
  }

  private static String failed(Exception failure) {
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + " (expected: a file that is there)";
    }
    if (failure instanceof FileSystemException file) {
      String reason = file.getReason() == null ? "" : "; " + file.getReason();
      return file.getFile() + " (expected: a file that may be used" + reason + ")";
    }
    return String.valueOf(failure instanceof IOException ? failure.getMessage() : failure);
  }

  private static int explainFailure(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (failure instanceof ConfigException config) {
      config.problems().forEach(err::println);
      return BAD_USAGE;
    }
    err.println(failed(failure));
    return failure instanceof UnusableSettingException ? BAD_USAGE : FAILED;
  }
}
