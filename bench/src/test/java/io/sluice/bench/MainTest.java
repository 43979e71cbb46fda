package io.sluice.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter said = new StringWriter();

  private int run(String... arguments) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(said)).setErr(new PrintWriter(said));
    return line.execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "storm --help", "plan --help", "storm --version"})
  void helpAndVersionWorkEverywhere(String arguments) {
    assertEquals(0, run(arguments.split(" ", -1)));
    assertTrue(said.toString().contains("sluice-bench"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--arrival | sometimes | all, rate:N/s",
        "--machines | 0 | at least 1",
        "--vanish | 2 | 0 to 1",
        "--machine-rate | fast | bytes a second",
        "--image | disk.raw | begins with /",
        "--image | /{name} | {mac}",
        "--for | soon | a time such as",
        "--spawn | other=x | a target's name",
        "--baseline | other | a target's name",
        "--expect | disk=1 | script, kernel",
        "--sha256 | image=12 | 64 hex digits",
        "--pin-servers | all | CPUs such as",
        "--rounds | 0 | at least 1",
      })
  void badUsageNamesOptionValueAndExpectation(String option, String value, String expected) {
    assertEquals(2, run("storm", "--target=a=http://127.0.0.1:9/x", option, value));
    String line = said.toString().lines().findFirst().orElse("");
    assertTrue(line.contains(option), line);
    String named = value.replace("/", "").replaceAll("=.*", "");
    assertTrue(line.contains(named), line);
    assertTrue(line.contains("expected") && line.contains(expected), line);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://127.0.0.1/x", "127.0.0.1:80", "http:///x"})
  void aTargetThatIsNoHttpUrlIsBadUsage(String url) {
    assertEquals(2, run("storm", "--target=a=" + url));
    assertTrue(said.toString().contains("expected: http://HOST:PORT"), said.toString());
  }
}
