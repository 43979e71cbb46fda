package io.sluice.server.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
      MachineInstall.Complete.class,
      MachineCommand.Lock.class,
      MachineCommand.Unlock.class,
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
      String after = "";
      do {
        ServerConnection.Answer page = server.get("/machines?limit=1000&after=" + after + filter());
        if (json) {
          out().println(page.text());
        }
        warnOfUnreadable(page);
        for (Map<String, @Nullable Object> machine : page.objects("machines")) {
          table.add(MachineView.line(machine));
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
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      printMachine(server.get(MachineView.path(id)));
    }
  }

  @Command(name = "delete", mixinStandardHelpOptions = true, description = "Forgets a machine.")
  static final class Delete extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      server.send("DELETE", MachineView.path(id), "application/json", "");
    }
  }

  @Command(
      name = "history",
      mixinStandardHelpOptions = true,
      description = "Shows what happened to a machine, the newest first.")
  static final class History extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(names = "--limit", defaultValue = "100", description = "how much (default: 100)")
    private int limit;

    @Override
    void run() throws IOException {
      ServerConnection.Answer answer = server.get(MachineView.path(id) + "/history?limit=" + limit);
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

  @Command(
      name = "lock",
      mixinStandardHelpOptions = true,
      description = {
        "Keeps a machine from being installed until it is unlocked: it takes no install and gets no",
        "install script, cannot be deleted, and keeps its addresses. It boots as it does otherwise."
      })
  static final class Lock extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "for whoever wonders")
    private String reason = "";

    @Override
    void run() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("reason", reason);
      printMachine(server.post(MachineView.path(id) + "/lock", body));
    }
  }

  @Command(
      name = "unlock",
      mixinStandardHelpOptions = true,
      description = "Takes the lock of a machine away. An installation that was open goes on.")
  static final class Unlock extends RemoteCommand {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      printMachine(server.post(MachineView.path(id) + "/unlock", Map.of()));
    }
  }
}
