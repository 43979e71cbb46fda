package io.sluice.server;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice machine import} and {@code export}. */
final class MachineTransfer {
  private static final int PAGE = 1000;

  private MachineTransfer() {}

  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = "Puts the machines of a file, all or none: a JSON array, or CSV with a head.")
  static final class Import extends MachineCommand.Remote {
    @Parameters(paramLabel = "FILE", description = "ends in .csv or .json; - is standard input")
    private String file = "";

    @Option(names = "--csv", description = "it is CSV, whatever its name")
    private boolean csv;

    @Override
    void run() throws IOException {
      String text =
          file.equals("-")
              ? ServerConnection.text(System.in)
              : Files.readString(Path.of(file), StandardCharsets.UTF_8);
      boolean table = csv || file.endsWith(".csv");
      ServerConnection.Answer answer =
          server.send("POST", "/machines", table ? "text/csv" : "application/json", text);
      out().println(json ? answer.text() : answer.object().get("written") + " machines");
      out().flush();
    }
  }

  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = "Prints all machines as import takes them: JSON, or CSV.")
  static final class Export extends MachineCommand.Remote {
    @Option(names = "--csv", description = "as a table")
    private boolean csv;

    @Override
    void run() throws IOException {
      if (csv) {
        out().print(server.get("/machines?format=csv&limit=10000").text());
        out().flush();
        return;
      }
      List<Map<String, @Nullable Object>> all = new ArrayList<>();
      String after = "";
      do {
        ServerConnection.Answer page = server.get("/machines?limit=" + PAGE + "&after=" + after);
        all.addAll(page.objects("machines"));
        after = page.object().get("next") instanceof String next ? ServerConnection.part(next) : "";
      } while (!after.isEmpty());
      out().println(JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(all));
      out().flush();
    }
  }
}
