package io.sluice.server;

import io.sluice.server.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Where a port is to listen.
 *
 * @param setting the setting that says so, for messages
 */
record ListenAddress(String setting, HostPort where) {

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
