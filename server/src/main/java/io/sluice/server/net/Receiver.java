package io.sluice.server.net;

import java.net.InetSocketAddress;

/**
 * Whom bytes are sent to, as the schedule and the admission tell them apart: the machine that a
 * request names, or everything behind one address.
 *
 * @param name a MAC address or an IP address
 */
public record Receiver(String name) {
  /** Everything behind the address of a client, whatever its port. */
  public static Receiver at(InetSocketAddress client) {
    return new Receiver(
        client.getAddress() == null
            ? client.getHostString()
            : client.getAddress().getHostAddress());
  }
}
