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

/** What each setting takes, and what it refuses. */
class SettingValuesTest {
  @TempDir private Path folder;
  private final Map<Setting, String> commandLine = new EnumMap<>(Setting.class);
  private final Map<String, String> environment = new HashMap<>();

  private ServerConfig read() throws ConfigException {
    return ConfigSources.read(commandLine, null, environment);
  }

  private List<String> problems() {
    ConfigException problem = assertThrows(ConfigException.class, this::read);
    assertEquals(String.join("; ", problem.problems()), problem.getMessage());
    return problem.problems();
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
    "CONGESTION_CONTROL, '', names such as",
    "CONGESTION_CONTROL, 'cubic, reno', names such as",
    "CONGESTION_CONTROL, 'reno,', names such as",
    "CONGESTION_CONTROL, nameofsixteenchr, names such as",
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
    assertEquals(1_000_000, read().egress().maxStreams());
    assertEquals(2, read().egress().maxStreamsPerClient());
    assertEquals(Duration.ZERO, read().egress().admissionWait());
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "http://boot.example:8080, http://boot.example:8080",
    "HTTPS://10.0.0.1/, https://10.0.0.1",
    "'http://[2001:db8::1]:80', 'http://[2001:db8::1]:80'"
  })
  void thePublicUrlHasNoPath(String text, String url) throws ConfigException {
    commandLine.put(Setting.PUBLIC_URL, text);
    assertEquals(url, read().front().publicUrl());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boot.example",
        "ftp://boot.example",
        "http://",
        "http://boot.example/path",
        "http://boot.example:0",
        "http://boot.example:70000",
        "http://user@boot.example",
        "http://a b"
      })
  void whatIsNoUrlOfAServerIsRefused(String text) {
    commandLine.put(Setting.PUBLIC_URL, text);
    assertEquals(
        List.of(
            "--public-url: "
                + text
                + " (expected: http://HOST[:PORT] or https://HOST[:PORT], without a path)"),
        problems());
  }

  @Test
  void trustedProxiesAreAddressesAndNetworks() throws ConfigException {
    assertEquals(List.of(), read().front().trustedProxies());
    commandLine.put(Setting.TRUSTED_PROXY, "10.0.0.5, 2001:db8::/64,::1");
    assertEquals(3, read().front().trustedProxies().size());
    for (String wrong : List.of("proxy.example", "10.0.0.5/24", "10.0.0.5,", "10.0.0.0/33", "*")) {
      commandLine.put(Setting.TRUSTED_PROXY, wrong);
      assertEquals(
          List.of(
              "--trusted-proxy: "
                  + wrong
                  + " (expected: addresses or networks such as 10.0.0.5,2001:db8::/64)"),
          problems());
    }
  }

  @Test
  void congestionControlIsAListOfNamesOrLeftToTheSystem() throws ConfigException {
    commandLine.put(Setting.CONGESTION_CONTROL, "bbr,reno,my_own-2");
    assertEquals(List.of("bbr", "reno", "my_own-2"), read().egress().congestionControl());
    commandLine.put(Setting.CONGESTION_CONTROL, "system");
    assertEquals(List.of(), read().egress().congestionControl());
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
