package io.sluice.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.config.ServerConfig.AccessLogTarget;
import io.sluice.server.config.ServerConfig.TransportChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourcesTest {
  @TempDir private Path folder;
  private final Map<Setting, String> commandLine = new EnumMap<>(Setting.class);
  private final Map<String, String> environment = new HashMap<>();
  private String file;

  private ServerConfig read() throws ConfigException {
    return ConfigSources.read(commandLine, file, environment);
  }

  private List<String> problems() {
    ConfigException problem = assertThrows(ConfigException.class, this::read);
    assertEquals(String.join("; ", problem.problems()), problem.getMessage());
    return problem.problems();
  }

  private void file(String... lines) throws IOException {
    file = Files.writeString(folder.resolve("conf"), String.join("\n", lines)).toString();
  }

  @Test
  void theDefaultsAreThoseOfTheInterface() throws ConfigException {
    ServerConfig config = read();
    assertEquals(Path.of("srv").toAbsolutePath(), config.root());
    assertEquals(new HostPort("0.0.0.0", 8080), config.listen());
    assertEquals(
        new ServerConfig.Metrics(
            Optional.of(new HostPort("127.0.0.1", 9090)), true, true, "", true, true, true),
        config.metrics());
    assertEquals(TransportChoice.AUTO, config.transport());
    assertEquals((Runtime.getRuntime().availableProcessors() + 1) / 2, config.bulkLoops());
    assertEquals((Runtime.getRuntime().availableProcessors() + 3) / 4, config.controlLoops());
    assertEquals(
        new ServerConfig.Egress(0, 0, List.of("cubic", "reno"), 0, 0, Duration.ofMinutes(10)),
        config.egress());
    assertEquals(4, config.readThreads());
    assertEquals(Duration.ofSeconds(30), config.drain());
    assertEquals(new AccessLogTarget.StandardOutput(), config.accessLog());
  }

  @Test
  void theCommandLineWinsThenTheEnvironmentThenTheFileThenTheDefault()
      throws IOException, ConfigException {
    file("drain-seconds=1", "idle-timeout=1", "stall-timeout=1");
    environment.put("SLUICE_DRAIN_SECONDS", "2");
    environment.put("SLUICE_IDLE_TIMEOUT", "2");
    commandLine.put(Setting.DRAIN_SECONDS, "3");
    ServerConfig config = read();
    assertEquals(Duration.ofSeconds(3), config.drain());
    assertEquals(
        new ServerConfig.Timeouts(
            Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofSeconds(1)),
        config.timeouts());
  }

  @Test
  void aBadValueThatAnotherSourceOverridesIsNoProblem() throws IOException, ConfigException {
    file("drain-seconds=soon");
    environment.put("SLUICE_DRAIN_SECONDS", "later");
    commandLine.put(Setting.DRAIN_SECONDS, "3");
    assertEquals(Duration.ofSeconds(3), read().drain());
  }

  @Test
  void theEnvironmentMayNameTheFileAndTheCommandLineAnother() throws IOException, ConfigException {
    file("drain-seconds=1");
    environment.put("SLUICE_CONFIG", file);
    file = null;
    assertEquals(Duration.ofSeconds(1), read().drain());
    file = Files.writeString(folder.resolve("other"), "drain-seconds = 2").toString();
    assertEquals(Duration.ofSeconds(2), read().drain());
  }

  @Test
  void aFileHasCommentsEmptyLinesAndSpaceAroundWhatItSays() throws IOException, ConfigException {
    file(
        "# comment",
        "",
        "  # another",
        "  drain-seconds =  7\t\r",
        "drain-seconds=8",
        "metrics-prefix=",
        "access-log=/var/log/a=b#c",
        "metrics-listen=off");
    ServerConfig config = read();
    assertEquals(Duration.ofSeconds(8), config.drain(), "the last line wins");
    assertEquals("", config.metrics().prefix());
    assertEquals(new AccessLogTarget.ToFile(Path.of("/var/log/a=b#c")), config.accessLog());
    assertEquals(Optional.empty(), config.metrics().listen());
  }

  @Test
  void aBadLineIsNamedWithItsNumber() throws IOException {
    file("drain-seconds=1", "", "what", "drain_seconds=1", "=1", "config=x", "bulk-loops=many");
    assertEquals(
        List.of(
            file + ":3: what (expected: SETTING=VALUE with a setting of --help)",
            file + ":4: drain_seconds=1 (expected: SETTING=VALUE with a setting of --help)",
            file + ":5: =1 (expected: SETTING=VALUE with a setting of --help)",
            file + ":6: config=x (expected: SETTING=VALUE with a setting of --help)",
            file + ":7: bulk-loops: many (expected: a number from 0 to 1024)"),
        problems());
  }

  @Test
  void aFileThatCannotBeReadIsAProblem() throws IOException {
    file = folder.resolve("none").toString();
    assertEquals(List.of("--config: " + file + " (expected: a file that exists)"), problems());
    file = "a\0b";
    assertEquals(List.of("--config: " + file + " (expected: a file that exists)"), problems());
    file = folder.toString();
    assertTrue(
        problems().get(0).startsWith("--config: " + file + " (expected: a file that can be"));
    file = Files.write(folder.resolve("latin"), new byte[] {'#', (byte) 0xfc}).toString();
    assertEquals(List.of("--config: " + file + " (expected: UTF-8)"), problems());
  }

  @Test
  void allProblemsAreToldAtOnceEachWithThePlaceItComesFrom() throws IOException {
    file("bulk-loops=x", "nonsense");
    environment.put("SLUICE_TRANSPORT", "carrier-pigeon");
    commandLine.put(Setting.LISTEN, "8080");
    assertEquals(
        Set.of(
            file + ":1: bulk-loops: x (expected: a number from 0 to 1024)",
            file + ":2: nonsense (expected: SETTING=VALUE with a setting of --help)",
            "SLUICE_TRANSPORT: carrier-pigeon (expected: auto, epoll, nio, io_uring)",
            "--listen: 8080 (expected: HOST:PORT with a port from 0 to 65535, an IPv6 host in"
                + " brackets)"),
        Set.copyOf(problems()));
  }

  @Test
  void everySettingHasOneNameFromWhichTheOthersFollow() {
    assertEquals("metrics-listen", Setting.METRICS_LISTEN.key());
    assertEquals("--metrics-listen", Setting.METRICS_LISTEN.option());
    assertEquals("SLUICE_METRICS_LISTEN", Setting.METRICS_LISTEN.variable());
    for (Setting setting : Setting.values()) {
      assertEquals(Optional.of(setting), Setting.ofKey(setting.key()));
    }
  }
}
