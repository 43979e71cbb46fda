package io.sluice.server.config;

import io.sluice.server.net.Authority;
import io.sluice.server.net.Network;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** From texts to a {@link ServerConfig}. Collects every problem before it gives up. */
final class ConfigReader {
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+(?:%[\\w.-]+)?)]|([^:\\[\\]\\s]+)):(\\d{1,5})");
  private static final Pattern PUBLIC_URL = Pattern.compile("(?i)(https?://)([^/?#@]+)/?");
  private static final Pattern STORE_URL =
      Pattern.compile("jdbc:sqlite:[^:?].*|jdbc:postgresql://.+");
  private static final Pattern METRIC_PREFIX = Pattern.compile("|[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern RATE = Pattern.compile("(\\d{1,15})([KMGkmg]?)");

  /** The kernel's names have up to 15 characters. */
  private static final Pattern CONGESTION_CONTROL =
      Pattern.compile("[a-z0-9_-]{1,15}(,[a-z0-9_-]{1,15})*");

  private static final long LEAST_RATE = 1_000;
  private static final long MOST_RATE = 1_000_000_000_000L;
  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int MAX_STREAMS = 1_000_000;
  private static final int MAX_SECONDS = 86_400;
  private static final int MAX_THREADS = 1024;
  private static final int CORES_PER_CONTROL_LOOP = 4;
  private static final int CORES_PER_BULK_LOOP = 2;

  private final Map<Setting, Origin> values;
  private final List<String> problems;

  private ConfigReader(Map<Setting, Origin> values, List<String> problems) {
    this.values = values;
    this.problems = problems;
  }

  static ServerConfig read(Map<Setting, Origin> values, List<String> problems)
      throws ConfigException {
    ServerConfig config = new ConfigReader(values, problems).config();
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private ServerConfig config() {
    int cores = Runtime.getRuntime().availableProcessors();
    Path root = folder(Setting.ROOT);
    HostPort listen = hostPort(Setting.LISTEN).orElseGet(ConfigReader::nowhere);
    return new ServerConfig(
        root,
        listen,
        new ServerConfig.Connections(
            number(Setting.MAX_CONNECTIONS, 0, MAX_CONNECTIONS),
            number(Setting.MAX_CONNECTIONS_PER_CLIENT, 0, MAX_CONNECTIONS)),
        front(),
        metrics(listen),
        choice(Setting.TRANSPORT, ServerConfig.TransportChoice.class),
        loops(Setting.CONTROL_LOOPS, oneFor(CORES_PER_CONTROL_LOOP, cores)),
        loops(Setting.BULK_LOOPS, oneFor(CORES_PER_BULK_LOOP, cores)),
        egress(),
        number(Setting.FILE_THREADS, 1, MAX_THREADS),
        number(Setting.READ_THREADS, 1, MAX_THREADS),
        derived(cores, root),
        new ServerConfig.Timeouts(
            seconds(Setting.REQUEST_TIMEOUT, 1),
            seconds(Setting.IDLE_TIMEOUT, 1),
            seconds(Setting.STALL_TIMEOUT, 1)),
        seconds(Setting.DRAIN_SECONDS, 0),
        accessLog(),
        machines(root),
        tls());
  }

  private Optional<ServerConfig.Tls> tls() {
    Optional<HostPort> listen = hostPortOrOff(Setting.TLS_LISTEN);
    Optional<HostPort> metrics = hostPortOrOff(Setting.METRICS_TLS_LISTEN);
    ServerConfig.Ciphers ciphers = choice(Setting.TLS_CIPHERS, ServerConfig.Ciphers.class);
    if (listen.isEmpty() && metrics.isEmpty()) {
      for (Setting file : List.of(Setting.TLS_CERT, Setting.TLS_KEY, Setting.TLS_CLIENT_CA)) {
        if (!text(file).isEmpty()) {
          problem(file, "--tls-listen or --metrics-tls-listen beside it");
        }
      }
      return Optional.empty();
    }
    return Optional.of(
        new ServerConfig.Tls(
            listen,
            metrics,
            path(Setting.TLS_CERT),
            path(Setting.TLS_KEY),
            text(Setting.TLS_CLIENT_CA).isEmpty()
                ? Optional.empty()
                : Optional.of(path(Setting.TLS_CLIENT_CA)),
            ciphers));
  }

  private Optional<HostPort> hostPortOrOff(Setting setting) {
    return text(setting).equals("off") ? Optional.empty() : hostPort(setting);
  }

  private ServerConfig.Front front() {
    String url = text(Setting.PUBLIC_URL);
    Matcher parts = PUBLIC_URL.matcher(url);
    boolean good =
        parts.matches()
            && Authority.parse(parts.group(2)).filter(Authority::isCallable).isPresent();
    if (!url.isEmpty() && !good) {
      problem(Setting.PUBLIC_URL, "http://HOST[:PORT] or https://HOST[:PORT], without a path");
    }
    List<Network> trusted = new ArrayList<>();
    for (String each : text(Setting.TRUSTED_PROXY).split(",", -1)) {
      Optional<Network> network = Network.parse(each.strip());
      network.ifPresent(trusted::add);
      if (network.isEmpty() && !text(Setting.TRUSTED_PROXY).isEmpty()) {
        problem(Setting.TRUSTED_PROXY, "addresses or networks such as 10.0.0.5,2001:db8::/64");
        break;
      }
    }
    return new ServerConfig.Front(
        good ? parts.group(1).toLowerCase(Locale.ROOT) + parts.group(2) : "", trusted);
  }

  private static int oneFor(int each, int cores) {
    return (cores + each - 1) / each;
  }

  private ServerConfig.Machines machines(Path root) {
    String store = text(Setting.STORE);
    if (store.equals(Setting.STORE.defaultValue())) {
      store = "jdbc:sqlite:" + root.resolve("state/sluice.db");
    }
    if (!STORE_URL.matcher(store).matches()) {
      problem(Setting.STORE, "jdbc:sqlite:FILE or jdbc:postgresql://HOST/DATABASE");
    }
    return new ServerConfig.Machines(
        store,
        text(Setting.API_TOKEN_FILE).isEmpty()
            ? Optional.empty()
            : Optional.of(path(Setting.API_TOKEN_FILE)));
  }

  private ServerConfig.Metrics metrics(HostPort imagePort) {
    Optional<HostPort> listen = hostPortOrOff(Setting.METRICS_LISTEN);
    if (imagePort.port() != 0 && listen.equals(Optional.of(imagePort))) {
      problem(Setting.METRICS_LISTEN, "another address than --listen");
    }
    String prefix = text(Setting.METRICS_PREFIX);
    if (!METRIC_PREFIX.matcher(prefix).matches()) {
      problem(Setting.METRICS_PREFIX, "letters, digits, _ and :, not beginning with a digit");
    }
    return new ServerConfig.Metrics(
        listen,
        onOff(Setting.METRICS_ROUTE),
        onOff(Setting.METRICS),
        prefix,
        onOff(Setting.METRICS_WORKERS),
        onOff(Setting.METRICS_HELP),
        onOff(Setting.METRICS_TYPE));
  }

  private ServerConfig.Egress egress() {
    return new ServerConfig.Egress(
        rate(Setting.EGRESS_LIMIT),
        rate(Setting.STREAM_LIMIT),
        congestionControl(),
        number(Setting.MAX_STREAMS, 0, MAX_STREAMS),
        number(Setting.MAX_STREAMS_PER_CLIENT, 0, MAX_STREAMS),
        seconds(Setting.ADMISSION_WAIT, 0));
  }

  private List<String> congestionControl() {
    String value = text(Setting.CONGESTION_CONTROL);
    if (value.equals("system")) {
      return List.of();
    }
    if (!CONGESTION_CONTROL.matcher(value).matches()) {
      problem(Setting.CONGESTION_CONTROL, "names such as cubic,reno, or system");
    }
    return List.of(value.split(",", -1));
  }

  /** A folder, which may be missing. */
  private Path folder(Setting setting) {
    Path folder = path(setting);
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      problem(setting, "a directory");
    }
    return folder;
  }

  private ServerConfig.Derived derived(int cores, Path root) {
    boolean chosen = !text(Setting.CACHE).isEmpty();
    return new ServerConfig.Derived(
        chosen ? folder(Setting.CACHE) : root.resolve("cache"),
        chosen,
        size(Setting.CACHE_SIZE),
        loops(Setting.DERIVE_THREADS, cores),
        number(Setting.ZSTD_LEVEL, 1, 19),
        number(Setting.GZIP_LEVEL, 1, 9),
        seconds(Setting.COPY_GRACE, 0));
  }

  private ServerConfig.AccessLogTarget accessLog() {
    return switch (text(Setting.ACCESS_LOG)) {
      case "off" -> new ServerConfig.AccessLogTarget.Off();
      case "-", "/dev/stdout" -> new ServerConfig.AccessLogTarget.StandardOutput();
      default -> new ServerConfig.AccessLogTarget.ToFile(path(Setting.ACCESS_LOG));
    };
  }

  private Path path(Setting setting) {
    try {
      if (!text(setting).isEmpty()) {
        return Path.of(text(setting)).toAbsolutePath().normalize();
      }
    } catch (InvalidPathException notAPath) {
      // reported below
    }
    problem(setting, "a path");
    return Path.of("/");
  }

  private Optional<HostPort> hostPort(Setting setting) {
    Matcher parts = HOST_PORT.matcher(text(setting));
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > 65_535) {
      problem(setting, "HOST:PORT with a port from 0 to 65535, an IPv6 host in brackets");
      return Optional.empty();
    }
    String host = parts.group(1) != null ? parts.group(1) : parts.group(2);
    return Optional.of(new HostPort(host, Integer.parseInt(parts.group(3))));
  }

  /** Stands in for an address that was reported as a problem. */
  private static HostPort nowhere() {
    return new HostPort("localhost", 0);
  }

  private boolean onOff(Setting setting) {
    String value = text(setting);
    if (!value.equals("on") && !value.equals("off")) {
      problem(setting, "on or off");
    }
    return value.equals("on");
  }

  private Duration seconds(Setting setting, int least) {
    return Duration.ofSeconds(number(setting, least, MAX_SECONDS));
  }

  private int loops(Setting setting, int standard) {
    int count = number(setting, 0, MAX_THREADS);
    return count == 0 ? standard : count;
  }

  private int number(Setting setting, int least, int most) {
    String value = text(setting);
    if (value.matches("\\d{1,9}")) {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    }
    problem(setting, "a number from " + least + " to " + most);
    return least;
  }

  private long size(Setting setting) {
    OptionalLong bytes = ByteSize.parse(text(setting));
    if (bytes.isEmpty()) {
      problem(setting, "a number of bytes, such as 500M (powers of 1000) or 20GiB (of 1024)");
    }
    return bytes.orElse(0);
  }

  /** Bytes a second, 0 for none. */
  private long rate(Setting setting) {
    if (text(setting).equals("none")) {
      return 0;
    }
    Matcher parts = RATE.matcher(text(setting));
    if (parts.matches()) {
      long unit =
          switch (parts.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 1_000;
            case "M" -> 1_000_000;
            case "G" -> 1_000_000_000;
            default -> 1;
          };
      long rate = Long.parseLong(parts.group(1)) * unit;
      if (rate >= LEAST_RATE && rate <= MOST_RATE) {
        return rate;
      }
    }
    problem(setting, "bytes a second from 1K to 1000G, such as 900M or 125000000, or none");
    return 0;
  }

  private <E extends Enum<E>> E choice(Setting setting, Class<E> type) {
    Function<E, String> spelling = constant -> constant.name().toLowerCase(Locale.ROOT);
    E[] constants = type.getEnumConstants();
    for (E constant : constants) {
      if (spelling.apply(constant).equals(text(setting))) {
        return constant;
      }
    }
    problem(setting, Arrays.stream(constants).map(spelling).collect(Collectors.joining(", ")));
    return constants[0];
  }

  private String text(Setting setting) {
    return origin(setting).text();
  }

  private Origin origin(Setting setting) {
    Origin origin = values.get(setting);
    if (origin == null) {
      throw new IllegalArgumentException("no value for " + setting);
    }
    return origin;
  }

  private void problem(Setting setting, String expected) {
    Origin origin = origin(setting);
    String value = origin.text().isEmpty() ? "''" : origin.text();
    problems.add(origin.where() + ": " + value + " (expected: " + expected + ")");
  }
}
