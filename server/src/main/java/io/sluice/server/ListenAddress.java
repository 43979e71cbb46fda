package io.sluice.server;

import io.sluice.server.config.HostPort;
import io.sluice.server.config.ServerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.Optional;

/**
 * Where a port is to listen.
 *
 * @param setting the setting that says so, for messages
 */
record ListenAddress(String setting, HostPort where) {
  static ListenAddress ofImages(ServerConfig config) {
    return new ListenAddress("listen", config.listen());
  }

  /** Empty when there is to be no metrics port. */
  static Optional<ListenAddress> ofMetrics(ServerConfig config) {
    return config.metrics().listen().map(where -> new ListenAddress("metrics-listen", where));
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
   * Fails when another process listens there already: a second server is told so, and not that the
   * files of the first one are in use.
   *
   * @throws IOException with a message for the operator
   */
  void checkFree() throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(resolve());
    } catch (SocketException e) {
      throw refused(e);
    }
  }

  /** What is served there, with the host as the operator wrote it and the port it has. */
  String url(InetSocketAddress bound) {
    return "http://" + new HostPort(where.host(), bound.getPort()) + "/";
  }

  /** The same for a client on this machine, which cannot ask for "any address". */
  String urlToTry(InetSocketAddress bound) {
    return bound.getAddress().isAnyLocalAddress()
        ? "http://" + new HostPort("127.0.0.1", bound.getPort()) + "/"
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
