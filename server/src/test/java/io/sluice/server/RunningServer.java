package io.sluice.server;

import io.sluice.server.config.ConfigException;
import io.sluice.server.config.ConfigSources;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.Setting;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A server in this process on free ports of the loopback address, with the files of a root. Closing
 * it checks what holds after every test: no connection, no request in flight and no open file is
 * left when the clients have gone.
 */
final class RunningServer implements AutoCloseable {
  private final Path root;
  private final ImageServer server;
  private boolean stopped;

  private RunningServer(Path root, ImageServer server) {
    this.root = root;
    this.server = server;
  }

  /** Every transport that works here. */
  static List<Transport> transports() {
    return Arrays.stream(Transport.values())
        .filter(transport -> transport.unavailability() == null)
        .toList();
  }

  /**
   * A configuration for tests.
   *
   * @param settings further settings, such as {@code idle-timeout=1}
   */
  static ServerConfig config(Path root, Transport transport, String... settings) {
    Map<Setting, String> given = new EnumMap<>(Setting.class);
    given.put(Setting.ROOT, root.toString());
    given.put(Setting.LISTEN, "127.0.0.1:0");
    given.put(Setting.METRICS_LISTEN, "127.0.0.1:0");
    given.put(Setting.ACCESS_LOG, "off");
    given.put(Setting.COPY_GRACE, "0");
    given.put(Setting.TRANSPORT, transport.name().toLowerCase(Locale.ROOT));
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      given.put(Setting.valueOf(parts[0].replace('-', '_').toUpperCase(Locale.ROOT)), parts[1]);
    }
    try {
      return ConfigSources.read(given, null, Map.of());
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static RunningServer start(Path root, Transport transport, String... settings)
      throws IOException {
    for (String folder : List.of("images", "boot", "profiles")) {
      Files.createDirectories(root.resolve(folder));
    }
    ownInstaller(root);
    return new RunningServer(root, ImageServer.start(config(root, transport, settings)));
  }

  /**
   * A profile {@code install} of the operator's own, whose script tells all there is to an
   * installer that asks for no job.
   */
  private static void ownInstaller(Path root) throws IOException {
    for (String name : List.of("install.ipxe", "install.grub", "install.pxelinux")) {
      Path profile = root.resolve("profiles").resolve(name);
      if (!Files.exists(profile)) {
        try (InputStream in = RunningServer.class.getResourceAsStream("own-installer/" + name)) {
          Files.copy(Objects.requireNonNull(in), profile);
        }
      }
    }
  }

  ImageServer image() {
    return server;
  }

  InetSocketAddress address() {
    return server.address();
  }

  InetSocketAddress metricsAddress() {
    return server.metricsAddress().orElseThrow();
  }

  RawClient client() throws IOException {
    return RawClient.connect(address());
  }

  Scrape scrape() throws IOException {
    return Scrape.of(metricsAddress());
  }

  /** Waits until a sum of the metrics has a value. */
  void awaitMetric(double value, String name, String... labels) throws Exception {
    Await.until(
        name + Arrays.toString(labels) + " is " + value, () -> scrape().sum(name, labels) == value);
  }

  /** Writes a file of the root and gives back what is in it: bytes that look random. */
  byte[] write(String name, int size) {
    byte[] bytes = new byte[size];
    new Random(name.hashCode() + size).nextBytes(bytes);
    return write(name, bytes);
  }

  byte[] write(String name, byte[] bytes) {
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the server, if a test has not done so, without looking at what it was doing. */
  void stop() {
    stopped = true;
    server.stop(Duration.ZERO, new CompletableFuture<>());
  }

  @Override
  public void close() throws Exception {
    if (stopped) {
      return;
    }
    try {
      awaitMetric(0, "sluice_connections");
      awaitMetric(0, "http_requests_in_flight");
      Await.until("no file is open", () -> server.openFiles() == 0);
    } finally {
      stop();
    }
  }
}
