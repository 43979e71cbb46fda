package io.sluice.server;

import io.sluice.server.config.HostPort;
import io.sluice.server.config.ServerConfig;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a port is to listen.
 *
 * @param setting the setting that says so, for messages
 * @param scheme of the URLs of what is served there
 */
record ListenAddress(String setting, HostPort where, String scheme) {
  static ListenAddress ofImages(ServerConfig config) {
    return new ListenAddress("listen", config.listen(), "http");
  }

  /** Empty when there is to be no metrics port. */
  static Optional<ListenAddress> ofMetrics(ServerConfig config) {
    return config
        .metrics()
        .listen()
        .map(where -> new ListenAddress("metrics-listen", where, "http"));
  }

  /** Empty when there is to be no image port with TLS. */
  static Optional<ListenAddress> ofImagesWithTls(ServerConfig config) {
    return config
        .tls()
        .flatMap(ServerConfig.Tls::listen)
        .map(where -> new ListenAddress("tls-listen", where, "https"));
  }

  /** Empty when there is to be no metrics port with TLS. */
  static Optional<ListenAddress> ofMetricsWithTls(ServerConfig config) {
    return config
        .tls()
        .flatMap(ServerConfig.Tls::metrics)
        .map(where -> new ListenAddress("metrics-tls-listen", where, "https"));
  }

  /** All of a server. */
  static List<ListenAddress> of(ServerConfig config) {
    return Stream.of(
            Optional.of(ofImages(config)),
            ofImagesWithTls(config),
            ofMetrics(config),
            ofMetricsWithTls(config))
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * The socket address.
   *
   * @throws IOException with a message for the operator, when the host cannot be resolved
   */
  InetSocketAddress resolve() throws IOException {
    InetSocketAddress address = new InetSocketAddress(where.host(), where.port());
    if (address.isUnresolved()) {
      throw new IOException(setting + ": " + where + " (expected: a host that can be resolved)");
    }
    return address;
  }

  /**
   * Fails when another process listens there already, before anything slow is begun: a second
   * server is told so, and not that the files of the first one are in use. The address is bound for
   * a moment and no connection is taken: Linux lets sockets with {@code SO_REUSEADDR} share an
   * address as long as none listens, see socket(7).
   *
   * @throws IOException with a message for the operator
   */
  void checkFree() throws IOException {
    InetSocketAddress address = resolve();
    ProtocolFamily family =
        address.getAddress() instanceof Inet6Address
            ? StandardProtocolFamily.INET6
            : StandardProtocolFamily.INET;
    try (SocketChannel probe = SocketChannel.open(family)) {
      probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      probe.bind(address);
    } catch (SocketException | UnsupportedOperationException e) {
      throw refused(e);
    }
  }

  /** What is served there, with the host as the operator wrote it and the port it has. */
  String url(InetSocketAddress bound) {
    return scheme + "://" + new HostPort(where.host(), bound.getPort()) + "/";
  }

  /** The same for a client on this machine, which cannot ask for "any address". */
  String urlToTry(InetSocketAddress bound) {
    return bound.getAddress().isAnyLocalAddress()
        ? scheme + "://" + new HostPort("127.0.0.1", bound.getPort()) + "/"
        : url(bound);
  }

  /** What to tell the operator when nothing can listen there. */
  IOException refused(Throwable cause) {
    return new IOException(
        setting
            + ": "
            + where
            + " (expected: a free address of this machine; "
            + cause.getMessage()
            + ")",
        cause);
  }
}
