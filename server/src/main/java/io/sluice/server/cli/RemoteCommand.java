package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that talks to a running server and prints what it says. */
abstract class RemoteCommand implements Callable<Integer> {
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
              "warning: " + each.get("id") + ": the server cannot read it: " + each.get("problem"));
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

  /** Prints one machine. */
  final void printMachine(ServerConnection.Answer answer) throws IOException {
    if (json) {
      out().println(answer.text());
    } else {
      MachineView.print(answer.object(), out());
    }
    out().flush();
  }
}
