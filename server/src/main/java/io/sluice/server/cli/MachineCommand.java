package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice machine}: the machines of a running server. */
@Command(
    name = "machine",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Machines of a running server: what is known of them and what they boot.",
    subcommands = {
      MachineCommand.ListAll.class,
      MachineCommand.Show.class,
      MachineChange.Put.class,
      MachineChange.Change.class,
      MachineCommand.Delete.class,
      MachineInstall.Install.class,
      MachineInstall.Cancel.class,
      MachineCommand.Complete.class,
      MachineCommand.Lock.class,
      MachineCommand.Unlock.class,
      MachineCommand.History.class,
      MachineCommand.Log.class,
      MachineCommand.Explain.class,
      MachineTransfer.Import.class,
      MachineTransfer.Export.class
    })
public final class MachineCommand implements Callable<Integer> {
  private static final int BAD_USAGE = 2;
  private static final String LINE = "%-13s %s%n";
  private static final String INNER = "  ";

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_USAGE;
  }

  /** The path of a machine. */
  static String path(String id) {
    return "/machines/" + ApiClient.encode(id);
  }

  /** A machine as a row of a table. */
  private static Map<String, @Nullable Object> row(Map<String, @Nullable Object> machine) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>(machine);
    Map<String, @Nullable Object> installation = ApiClient.map(machine.get("installation"));
    row.put("installation", installation.get("state"));
    row.put("lock", machine.containsKey("lock") ? "locked" : null);
    return row;
  }

  /** A command about one machine. */
  abstract static class OneMachine extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    String id = "";
  }

  /** Prints one machine. */
  static void printOne(RemoteCommand command, ApiClient.Answer answer) throws IOException {
    command.print(
        answer, machine -> machine.forEach((name, value) -> print(name, value, command.out())));
  }

  private static void print(String name, @Nullable Object value, PrintWriter out) {
    if (name.equals("lock")) {
      out.printf(LINE, name, lock(ApiClient.map(value)));
    } else if (value instanceof Map<?, ?>) {
      out.println(name);
      ApiClient.map(value)
          .forEach((inner, each) -> out.printf(LINE, INNER + inner, shown(name, each)));
    } else {
      out.printf(LINE, name, shown("", value));
    }
  }

  private static String shown(String within, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty() ? "-" : String.join(" ", list.stream().map(String::valueOf).toList());
    }
    if (value instanceof Map<?, ?> map) {
      // Such as the progress of an installation.
      return map.entrySet().stream()
          .map(each -> each.getKey() + " " + each.getValue())
          .collect(Collectors.joining(", "));
    }
    if (value == null) {
      return within.equals("secrets") ? "(secret)" : "-";
    }
    // A value of several lines goes on below where it began.
    return String.valueOf(value).stripTrailing().replaceAll("\\R", "\n" + " ".repeat(14));
  }

  private static String lock(Map<String, @Nullable Object> lock) {
    Object reason = lock.get("reason");
    return "by "
        + requester(lock)
        + " since "
        + lock.get("at")
        + (reason == null ? "" : ": " + reason);
  }

  /** Where a request came from, as in {@code ci from 10.0.0.7}; empty when none was needed. */
  private static String requester(Map<String, @Nullable Object> fields) {
    Object address = fields.get("address");
    Object token = fields.get("token");
    if (address == null) {
      return "";
    }
    return token == null ? String.valueOf(address) : token + " from " + address;
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists machines.")
  static final class ListAll extends RemoteCommand {
    @Option(names = "--tag", description = "only those with this tag")
    private String tag = "";

    @Option(names = "--profile", description = "only those with this profile of their own")
    private String profile = "";

    @Option(
        names = "--state",
        description =
            "only those whose installation is none, wanted, running, reported, done, verified,"
                + " failed or cancelled; reported is suspicious")
    private String state = "";

    @Option(names = "--locked", description = "only those that are locked")
    private boolean locked;

    @Option(names = "--text", description = "only those in whose names this occurs")
    private String text = "";

    @Override
    void run() throws IOException {
      TextTable table =
          new TextTable("id", "macs", "hostname", "tags", "profile", "installation", "lock");
      forEachPage(
          "/machines",
          ApiClient.parameter("tag", tag)
              + ApiClient.parameter("profile", profile)
              + ApiClient.parameter("state", state)
              + ApiClient.parameter("locked", locked ? "true" : "")
              + ApiClient.parameter("text", text),
          page -> {
            if (json) {
              out().println(page.text());
            }
            warnOfUnreadable(page);
            for (Map<String, @Nullable Object> machine : page.objects("machines")) {
              table.add(row(machine));
            }
          });
      if (!json) {
        table.print(out());
      }
      out().flush();
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows one machine, by its id or one of its MAC addresses.")
  static final class Show extends OneMachine {
    @Override
    void run() throws IOException {
      printOne(this, server.get(path(id)));
    }
  }

  @Command(name = "delete", mixinStandardHelpOptions = true, description = "Forgets a machine.")
  static final class Delete extends OneMachine {
    @Override
    void run() throws IOException {
      server.delete(path(id));
    }
  }

  @Command(
      name = "lock",
      mixinStandardHelpOptions = true,
      description = {
        "Keeps a machine from being installed until it is unlocked: it takes no install and gets no",
        "install script, cannot be deleted, and keeps its addresses. It boots as it does otherwise."
      })
  static final class Lock extends OneMachine {
    @Option(names = "--reason", paramLabel = "TEXT", description = "for whoever wonders")
    private String reason = "";

    @Override
    void run() throws IOException {
      printOne(this, server.post(path(id) + "/lock", Map.of("reason", reason)));
    }
  }

  @Command(
      name = "unlock",
      mixinStandardHelpOptions = true,
      description = "Takes the lock of a machine away. An installation that was open goes on.")
  static final class Unlock extends OneMachine {
    @Override
    void run() throws IOException {
      printOne(this, server.post(path(id) + "/unlock", Map.of()));
    }
  }

  @Command(
      name = "complete",
      mixinStandardHelpOptions = true,
      description = "Says that a machine is installed, when it cannot say so itself.")
  static final class Complete extends OneMachine {
    @Override
    void run() throws IOException {
      printOne(this, server.post(path(id) + "/complete", Map.of()));
    }
  }

  @Command(
      name = "history",
      mixinStandardHelpOptions = true,
      description = "Shows what happened to a machine, the newest first.")
  static final class History extends OneMachine {
    @Option(names = "--limit", defaultValue = "100", description = "how much (default: 100)")
    private int limit;

    @Override
    void run() throws IOException {
      ApiClient.Answer answer = server.get(path(id) + "/history?limit=" + limit);
      TextTable table = new TextTable("at", "event", "detail", "by");
      for (Map<String, @Nullable Object> entry : answer.objects("history")) {
        entry.put("by", requester(entry));
        table.add(entry);
      }
      print(answer, unused -> table.print(out()));
    }
  }

  @Command(
      name = "log",
      mixinStandardHelpOptions = true,
      description = "Prints what the installer of a machine said, the last time it was installed.")
  static final class Log extends OneMachine {
    @Override
    void run() throws IOException {
      out().print(server.get(path(id) + "/log").text());
      out().flush();
    }
  }

  @Command(
      name = "explain",
      mixinStandardHelpOptions = true,
      description = "Says what a machine would get if it asked now, and which rule decides.")
  static final class Explain extends RemoteCommand {
    @Parameters(
        paramLabel = "ID|MAC",
        arity = "0..1",
        description = "of a machine, or of one of its cards, known or not")
    private String machine = "";

    @Option(names = "--uuid", description = "as if it said so")
    private String uuid = "";

    @Option(names = "--serial", description = "as if it said so")
    private String serial = "";

    @Option(names = "--arch", description = "as if it said so")
    private String arch = "";

    @Option(names = "--platform", description = "as if it said so: efi or pcbios")
    private String platform = "";

    @Option(names = "--address", description = "as if it asked from there")
    private String address = "";

    @Override
    void run() throws IOException {
      ApiClient.Answer answer =
          server.get(
              "/explain?"
                  + ApiClient.parameter("machine", machine)
                  + ApiClient.parameter("uuid", uuid)
                  + ApiClient.parameter("serial", serial)
                  + ApiClient.parameter("arch", arch)
                  + ApiClient.parameter("platform", platform)
                  + ApiClient.parameter("address", address));
      print(
          answer,
          decision -> {
            Object profile = decision.get("profile");
            out().println(decision.get("decision") + (profile == null ? "" : " " + profile));
            if (decision.get("reasons") instanceof List<?> reasons) {
              reasons.forEach(reason -> out().println("  " + reason));
            }
          });
    }
  }
}
