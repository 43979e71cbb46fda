package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      MachineInstall.Complete.class,
      MachineLock.Lock.class,
      MachineLock.Unlock.class,
      MachineCommand.History.class,
      MachineCommand.Explain.class,
      MachineTransfer.Import.class,
      MachineTransfer.Export.class
    })
public final class MachineCommand implements Callable<Integer> {
  private static final int BAD_USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Without a command there is nothing to do. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return BAD_USAGE;
  }

  /** What every command has that talks to a server and prints what it says. */
  abstract static class Remote implements Callable<Integer> {
    @Mixin final ServerConnection server = new ServerConnection();

    @Option(names = "--json", description = "print what the server says, as JSON")
    boolean json;

    @Spec CommandSpec spec = CommandSpec.create();

    /** Does it. */
    abstract void run() throws IOException;

    @Override
    public final Integer call() throws IOException {
      try {
        run();
        return 0;
      } catch (ServerConnection.Refusal refusal) {
        throw new IOException(RefusedOption.told(spec, refusal), refusal);
      }
    }

    final PrintWriter out() {
      return spec.commandLine().getOut();
    }

    /** Says which machines are not in a list because their records cannot be read. */
    final void warnOfUnreadable(ServerConnection.Answer page) throws IOException {
      for (Map<String, @Nullable Object> each : page.objects("unreadable")) {
        spec.commandLine()
            .getErr()
            .println(
                "warning: "
                    + each.get("id")
                    + ": the server cannot read it: "
                    + each.get("problem"));
      }
    }

    final void print(ServerConnection.Answer answer, TextTable table) {
      if (json) {
        out().println(answer.text());
        out().flush();
      } else {
        table.print(out());
      }
    }
  }

  /** The path of a machine. */
  static String path(String id) {
    return "/machines/" + ServerConnection.part(id);
  }

  /** A machine as a line of a table. */
  static Map<String, @Nullable Object> line(Map<String, @Nullable Object> machine) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>(machine);
    Map<String, @Nullable Object> installation = ServerConnection.map(machine.get("installation"));
    line.put("installation", installation.get("state"));
    line.put("lock", machine.containsKey("lock") ? "locked" : null);
    return line;
  }

  /** Prints one machine. */
  static void printOne(Remote command, ServerConnection.Answer answer) throws IOException {
    if (command.json) {
      command.out().println(answer.text());
    } else {
      MachineView.print(answer.object(), command.out());
    }
    command.out().flush();
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists machines.")
  static final class ListAll extends Remote {
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
      String after = "";
      do {
        ServerConnection.Answer page = server.get("/machines?limit=1000&after=" + after + filter());
        if (json) {
          out().println(page.text());
        }
        warnOfUnreadable(page);
        for (Map<String, @Nullable Object> machine : page.objects("machines")) {
          table.add(line(machine));
        }
        after = page.object().get("next") instanceof String next ? ServerConnection.part(next) : "";
      } while (!after.isEmpty());
      if (!json) {
        table.print(out());
      }
      out().flush();
    }

    private String filter() {
      StringBuilder filter = new StringBuilder();
      Map<String, String> given = new LinkedHashMap<>();
      given.put("tag", tag);
      given.put("profile", profile);
      given.put("state", state);
      given.put("locked", locked ? "true" : "");
      given.put("text", text);
      given.forEach(
          (name, value) -> {
            if (!value.isEmpty()) {
              filter.append('&').append(name).append('=').append(ServerConnection.part(value));
            }
          });
      return filter.toString();
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows one machine, by its id or one of its MAC addresses.")
  static final class Show extends Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      printOne(this, server.get(path(id)));
    }
  }

  @Command(name = "delete", mixinStandardHelpOptions = true, description = "Forgets a machine.")
  static final class Delete extends Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      server.send("DELETE", path(id), "application/json", "");
    }
  }

  @Command(
      name = "history",
      mixinStandardHelpOptions = true,
      description = "Shows what happened to a machine, the newest first.")
  static final class History extends Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(names = "--limit", defaultValue = "100", description = "how much (default: 100)")
    private int limit;

    @Override
    void run() throws IOException {
      ServerConnection.Answer answer = server.get(path(id) + "/history?limit=" + limit);
      TextTable table = new TextTable("at", "event", "detail", "by");
      for (Map<String, @Nullable Object> entry : answer.objects("history")) {
        entry.put("by", MachineView.who(entry));
        table.add(entry);
      }
      print(answer, table);
    }
  }

  @Command(
      name = "explain",
      mixinStandardHelpOptions = true,
      description = "Says what a machine would get if it asked now, and which rule decides.")
  static final class Explain extends Remote {
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
      ServerConnection.Answer answer =
          server.get(
              "/explain?machine="
                  + ServerConnection.part(machine)
                  + "&uuid="
                  + ServerConnection.part(uuid)
                  + "&serial="
                  + ServerConnection.part(serial)
                  + "&arch="
                  + ServerConnection.part(arch)
                  + "&platform="
                  + ServerConnection.part(platform)
                  + "&address="
                  + ServerConnection.part(address));
      if (json) {
        out().println(answer.text());
      } else {
        Map<String, @Nullable Object> said = answer.object();
        Object profile = said.get("profile");
        out().println(said.get("decision") + (profile == null ? "" : " " + profile));
        if (said.get("reasons") instanceof List<?> reasons) {
          reasons.forEach(reason -> out().println("  " + reason));
        }
      }
      out().flush();
    }
  }
}
