package io.sluice.bench;

import io.sluice.bench.report.JsonDocument;
import io.sluice.bench.report.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** A storm run from its command line, and what became of it. */
final class Rehearsal {
  private int exit;
  private String said = "";

  /** Storms a target called stub and reads the JSON it wrote. */
  Report storm(Path directory, String url, String... more) throws IOException {
    Path json = directory.resolve("report.json");
    List<String> arguments =
        new ArrayList<>(List.of("storm", "--target", "stub=" + url, "--json", json.toString()));
    arguments.addAll(List.of(more));
    StringWriter out = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(out));
    exit = line.execute(arguments.toArray(String[]::new));
    said = out.toString();
    return JsonDocument.read(json);
  }

  int exit() {
    return exit;
  }

  String said() {
    return said;
  }

  static Report.BootFigures stage(Report report, String name) {
    return report.results().get(0).stages().stream()
        .filter(stage -> stage.stage().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static Map<String, Long> countsOf(Report.BootFigures stage) {
    Map<String, Long> counts = new HashMap<>();
    stage.failures().forEach((label, failure) -> counts.put(label, failure.count()));
    return counts;
  }
}
