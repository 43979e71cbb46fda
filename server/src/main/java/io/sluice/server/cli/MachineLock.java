package io.sluice.server.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice machine lock} and {@code unlock}. */
final class MachineLock {
  private MachineLock() {}

  @Command(
      name = "lock",
      mixinStandardHelpOptions = true,
      description = {
        "Keeps a machine from being installed until it is unlocked: it takes no install and gets no",
        "install script, cannot be deleted, and keeps its addresses. It boots as it does otherwise."
      })
  static final class Lock extends MachineCommand.Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "for whoever wonders")
    private String reason = "";

    @Override
    void run() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("reason", reason);
      MachineCommand.printOne(this, server.post(MachineCommand.path(id) + "/lock", body));
    }
  }

  @Command(
      name = "unlock",
      mixinStandardHelpOptions = true,
      description = "Takes the lock of a machine away. An installation that was open goes on.")
  static final class Unlock extends MachineCommand.Remote {
    @Parameters(paramLabel = "ID")
    private String id = "";

    @Override
    void run() throws IOException {
      MachineCommand.printOne(this, server.post(MachineCommand.path(id) + "/unlock", Map.of()));
    }
  }
}
