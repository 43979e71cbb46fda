package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.config.Setting;
import io.sluice.server.config.Version;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine sluice = Main.commandLine(environment);
    return sluice
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void helpIsPrintedAndIsNoFailure() {
    assertEquals(0, run("--help"));
    assertTrue(out.toString().contains("serve"), out.toString());
    assertTrue(out.toString().contains("demo"), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void theHelpOfServeNamesEverySettingWithItsDefault() {
    assertEquals(0, run("serve", "--help"));
    // Long values are broken into lines, also within a word.
    String help = out.toString().replaceAll("\\s+", "");
    for (Setting setting : Setting.values()) {
      assertTrue(help.contains(setting.option() + "=" + setting.parameter()), setting.option());
      assertTrue(help.contains("default:" + setting.defaultValue()), setting.option());
    }
    assertTrue(help.contains("--config=FILE"), help);
  }

  @Test
  void theDemoHasEverySettingButTheRoot() {
    assertEquals(0, run("demo", "--help"));
    assertTrue(out.toString().contains("--listen"), out.toString());
    assertTrue(!out.toString().contains("--root"), out.toString());
    assertEquals(2, run("demo", "--root", "/srv"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--version", "serve --version", "demo --version", "image verify --version"})
  void theVersionIsOneLine(String arguments) {
    assertEquals(0, run(arguments.split(" ", -1)));
    assertEquals("sluice " + Version.current(), out.toString().strip());
  }

  @Test
  void withoutACommandTheUsageIsShownAsAFailure() {
    assertEquals(2, run());
    assertTrue(err.toString().contains("Usage: sluice"), err.toString());
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fly",
        "--nonsense",
        "serve --nonsense=1",
        "serve --listen",
        "serve extra",
        "demo --no 1",
      })
  void badUsageIsOneLineThatPointsAtTheHelp(String arguments) {
    assertEquals(2, run(arguments.split(" ", -1)));
    assertEquals(1, err.toString().strip().lines().count(), err.toString());
    assertTrue(err.toString().startsWith("sluice"), err.toString());
    assertTrue(err.toString().contains("--help"), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void aBadConfigurationIsALineForEachProblemWithOptionValueAndExpectation() {
    environment.put("SLUICE_BULK_LOOPS", "many");
    assertEquals(2, run("serve", "--drain-seconds", "soon", "--transport=pigeon"));
    assertEquals(
        List.of(
            "--transport: pigeon (expected: auto, epoll, nio, io_uring)",
            "--drain-seconds: soon (expected: a number from 0 to 86400)",
            "SLUICE_BULK_LOOPS: many (expected: a number from 0 to 1024)"),
        err.toString().lines().sorted(Comparator.comparing(MainTest::order)).toList());
    assertEquals("", out.toString());
  }

  private static int order(String line) {
    return List.of("--t", "--d", "SLU").indexOf(line.substring(0, 3));
  }

  @Test
  void aConfigurationFileThatIsNotThereIsBadConfiguration() {
    assertEquals(2, run("serve", "--config", "/nonexistent/conf"));
    assertEquals(
        "--config: /nonexistent/conf (expected: a file that exists)", err.toString().strip());
  }

  @Test
  void aServerThatCannotListenEndsWithOneLineAndExitCodeOne(@TempDir Path folder)
      throws IOException, InterruptedException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      Ended ended = serve(folder, "--listen=" + address);
      assertEquals(1, ended.code(), ended.line());
      assertTrue(ended.line().startsWith("listen: " + address + " (expected: "), ended.line());
    }
    assertTrue(Files.notExists(folder.resolve("root")), "a root was made for nothing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"access-log", "api-token-file"})
  void aFileThatCannotBeUsedIsBadConfiguration(String setting, @TempDir Path folder)
      throws IOException, InterruptedException {
    Path missing = folder.resolve("missing/file");
    Ended ended = serve(folder, "--listen=127.0.0.1:0", "--" + setting + "=" + missing);
    assertEquals(2, ended.code(), ended.line());
    assertTrue(
        ended.line().startsWith(setting + ": " + missing + " (expected: a file that can be "),
        ended.line());
    assertTrue(Files.isDirectory(folder.resolve("root/images")), "a missing root was made");
  }

  @Test
  void aTokenThatIsTooShortIsBadConfiguration(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path token = Files.writeString(folder.resolve("token"), "short");
    Ended ended = serve(folder, "--listen=127.0.0.1:0", "--api-token-file=" + token);
    assertEquals(2, ended.code(), ended.line());
    assertEquals(
        "api-token-file: "
            + token
            + " (expected: one line of at least 16 printable characters, or several, each with"
            + " NAME: before it; not line 1)",
        ended.line());
  }

  private record Ended(int code, String line) {}

  /** In a process of its own, because it listens for signals; one that ends with one line. */
  private static Ended serve(Path folder, String... options)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--root=" + folder.resolve("root"),
                "--metrics-listen=off"));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int code = process.waitFor();
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    assertEquals(1, lines.size(), lines.toString());
    return new Ended(code, lines.get(0));
  }
}
