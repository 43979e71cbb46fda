package io.sluice.server.cli.dhcp;

import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An IPv4 address of a network interface.
 *
 * @param name of the interface, such as {@code eth1}
 */
public record Card(String name, Ipv4 address, Subnet subnet) {
  /** Those of this machine, without the loopback interface. */
  public static List<Card> own() throws SocketException {
    List<Card> cards = new ArrayList<>();
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      if (!each.isLoopback()) {
        each.getInterfaceAddresses().forEach(address -> of(each, address).ifPresent(cards::add));
      }
    }
    return cards;
  }

  private static Optional<Card> of(NetworkInterface each, InterfaceAddress own) {
    return own.getAddress() instanceof Inet4Address four
        ? Ipv4.parse(four.getHostAddress())
            .flatMap(
                address ->
                    Subnet.of(address, own.getNetworkPrefixLength())
                        .map(subnet -> new Card(each.getName(), address, subnet)))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return name + " " + address + "/" + subnet.prefix();
  }
}
