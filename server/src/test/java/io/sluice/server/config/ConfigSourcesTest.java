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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertEquals(Runtime.getRuntime().availableProcessors(), config.bulkLoops());
    assertEquals((Runtime.getRuntime().availableProcessors() + 3) / 4, config.controlLoops());
    assertEquals(new ServerConfig.Egress(0, 0, 0, 0, Duration.ofMinutes(10)), config.egress());
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

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource({
    "ROOT, '', a path",
    "ROOT, FILE, a directory",
    "LISTEN, '', HOST:PORT",
    "LISTEN, 8080, HOST:PORT",
    "LISTEN, :8080, HOST:PORT",
    "LISTEN, off, HOST:PORT",
    "LISTEN, h:65536, HOST:PORT",
    "LISTEN, h:-1, HOST:PORT",
    "LISTEN, h:, HOST:PORT",
    "LISTEN, ::1:8080, HOST:PORT",
    "LISTEN, '[::1]', HOST:PORT",
    "LISTEN, 'h h:1', HOST:PORT",
    "METRICS_LISTEN, on, HOST:PORT",
    "METRICS_LISTEN, h:99999, HOST:PORT",
    "METRICS_ROUTE, yes, on or off",
    "METRICS, ON, on or off",
    "METRICS_PREFIX, 9x, letters",
    "METRICS_PREFIX, a-b, letters",
    "METRICS_PREFIX, ü, letters",
    "METRICS_WORKERS, '', on or off",
    "METRICS_HELP, true, on or off",
    "METRICS_TYPE, 0, on or off",
    "TRANSPORT, kqueue, 'auto, epoll, nio, io_uring'",
    "TRANSPORT, NIO, 'auto, epoll, nio, io_uring'",
    "CONTROL_LOOPS, -1, a number from 0 to 1024",
    "CONTROL_LOOPS, 1025, a number from 0 to 1024",
    "BULK_LOOPS, -1, a number from 0 to 1024",
    "BULK_LOOPS, 1025, a number from 0 to 1024",
    "EGRESS_LIMIT, 999, bytes a second",
    "EGRESS_LIMIT, 0, bytes a second",
    "EGRESS_LIMIT, 1001G, bytes a second",
    "EGRESS_LIMIT, 1.5G, bytes a second",
    "EGRESS_LIMIT, 10Gbit, bytes a second",
    "EGRESS_LIMIT, -1M, bytes a second",
    "EGRESS_LIMIT, G, bytes a second",
    "EGRESS_LIMIT, 999999999999999G, bytes a second",
    "EGRESS_LIMIT, 9999999999999999, bytes a second",
    "STREAM_LIMIT, '', bytes a second",
    "STREAM_LIMIT, off, bytes a second",
    "STREAM_LIMIT, 1 M, bytes a second",
    "MAX_STREAMS, -1, a number from 0 to 1000000",
    "MAX_STREAMS, 1000001, a number from 0 to 1000000",
    "MAX_STREAMS, none, a number from 0 to 1000000",
    "MAX_STREAMS_PER_CLIENT, 1e3, a number from 0 to 1000000",
    "ADMISSION_WAIT, 10m, a number from 0 to 86400",
    "ADMISSION_WAIT, 86401, a number from 0 to 86400",
    "READ_THREADS, 0, a number from 1 to 1024",
    "FILE_THREADS, 0, a number from 1 to 1024",
    "FILE_THREADS, 1.5, a number from 1 to 1024",
    "REQUEST_TIMEOUT, 0, a number from 1 to 86400",
    "IDLE_TIMEOUT, 86401, a number from 1 to 86400",
    "STALL_TIMEOUT, 30s, a number from 1 to 86400",
    "DRAIN_SECONDS, soon, a number from 0 to 86400",
    "DRAIN_SECONDS, 9999999999999999999, a number from 0 to 86400",
    "ACCESS_LOG, '', a path",
  })
  void aBadValueIsNamedWithWhatWasExpected(Setting setting, String value, String expected)
      throws IOException {
    String given =
        value.equals("FILE") ? Files.createFile(folder.resolve("file")).toString() : value;
    commandLine.put(setting, given);
    String problem = String.join("\n", problems());
    String shown = given.isEmpty() ? "''" : given;
    assertTrue(
        problem.startsWith(setting.option() + ": " + shown + " (expected: " + expected), problem);
    assertEquals(1, problems().size());
  }

  @Test
  void everySettingHasAValueThatIsRefused() {
    for (Setting setting : Setting.values()) {
      commandLine.put(setting, "\0:\0");
    }
    Set<String> named =
        problems().stream()
            .map(problem -> problem.substring(0, problem.indexOf(": ")))
            .collect(Collectors.toSet());
    assertEquals(
        Arrays.stream(Setting.values()).map(Setting::option).collect(Collectors.toSet()), named);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:0, localhost, 0",
    "example.org:65535, example.org, 65535",
    "[::1]:8080, ::1, 8080",
    "[fe80::1%eth0]:1, fe80::1%eth0, 1",
  })
  void anAddressIsReadAndShownAsItWasWritten(String text, String host, int port)
      throws ConfigException {
    commandLine.put(Setting.LISTEN, text);
    assertEquals(new HostPort(host, port), read().listen());
    assertEquals(text, read().listen().toString());
    commandLine.put(Setting.LISTEN, "0.0.0.0:0");
    commandLine.put(Setting.METRICS_LISTEN, text);
    assertEquals(Optional.of(new HostPort(host, port)), read().metrics().listen());
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "epoll", "nio", "io_uring"})
  void everyTransportCanBeChosen(String name) throws ConfigException {
    commandLine.put(Setting.TRANSPORT, name);
    assertEquals(TransportChoice.valueOf(name.toUpperCase(Locale.ROOT)), read().transport());
  }

  @ParameterizedTest
  @CsvSource({
    "none, 0",
    "1000, 1000",
    "1K, 1000",
    "1k, 1000",
    "125000000, 125000000",
    "900M, 900000000",
    "10G, 10000000000",
    "1000G, 1000000000000",
    "1000000000000, 1000000000000",
    "0010m, 10000000"
  })
  void aRateIsBytesASecondInPowersOfAThousand(String text, long bytesPerSecond)
      throws ConfigException {
    commandLine.put(Setting.EGRESS_LIMIT, text);
    commandLine.put(Setting.STREAM_LIMIT, text);
    assertEquals(bytesPerSecond, read().egress().bytesPerSecond());
    assertEquals(bytesPerSecond, read().egress().streamBytesPerSecond());
  }

  @Test
  void theLimitsOfStreamsAreRead() throws ConfigException {
    commandLine.put(Setting.MAX_STREAMS, "1000000");
    commandLine.put(Setting.MAX_STREAMS_PER_CLIENT, "2");
    commandLine.put(Setting.ADMISSION_WAIT, "0");
    assertEquals(new ServerConfig.Egress(0, 0, 1_000_000, 2, Duration.ZERO), read().egress());
  }

  @Test
  void everySwitchCanBeTurnedOff() throws ConfigException {
    for (Setting setting :
        List.of(
            Setting.METRICS_ROUTE,
            Setting.METRICS,
            Setting.METRICS_WORKERS,
            Setting.METRICS_HELP,
            Setting.METRICS_TYPE,
            Setting.METRICS_LISTEN,
            Setting.ACCESS_LOG)) {
      commandLine.put(setting, "off");
    }
    ServerConfig config = read();
    assertEquals(
        new ServerConfig.Metrics(Optional.empty(), false, false, "", false, false, false),
        config.metrics());
    assertEquals(new AccessLogTarget.Off(), config.accessLog());
  }

  @Test
  void theRootIsAbsoluteAndMayBeMissing() throws ConfigException {
    commandLine.put(Setting.ROOT, "a/../b");
    assertEquals(Path.of("b").toAbsolutePath(), read().root());
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

  @Test
  void twoPortsCannotHaveOneAddress() throws ConfigException {
    commandLine.put(Setting.LISTEN, "127.0.0.1:8080");
    environment.put("SLUICE_METRICS_LISTEN", "127.0.0.1:8080");
    assertEquals(
        List.of("SLUICE_METRICS_LISTEN: 127.0.0.1:8080 (expected: another address than --listen)"),
        problems());
    commandLine.put(Setting.LISTEN, "127.0.0.1:0");
    environment.put("SLUICE_METRICS_LISTEN", "127.0.0.1:0");
    assertEquals(0, read().listen().port());
  }

  @Test
  void theCacheIsNoFile() throws IOException {
    Path taken = Files.createFile(folder.resolve("taken"));
    commandLine.put(Setting.CACHE, taken.toString());
    assertEquals(List.of("--cache: " + taken + " (expected: a directory)"), problems());
  }
}
