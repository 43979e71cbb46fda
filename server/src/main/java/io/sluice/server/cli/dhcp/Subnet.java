package io.sluice.server.cli.dhcp;

import java.util.Optional;

/**
 * An IPv4 network with room for two machines at least.
 *
 * @param network its address
 * @param prefix how many leading bits are the same for all of it, from 1 to 30
 */
public record Subnet(Ipv4 network, int prefix) {
  private static final int BITS = 32;
  private static final int LONGEST_PREFIX = 30;
  private static final long ALL = 0xffffffffL;

  /** The network of so many bits that an address lies in; empty when that has too little room. */
  public static Optional<Subnet> of(Ipv4 address, int prefix) {
    return prefix < 1 || prefix > LONGEST_PREFIX
        ? Optional.empty()
        : Optional.of(new Subnet(new Ipv4(address.number() & bits(prefix)), prefix));
  }

  /** Reads {@code 10.1.0.0/16}; empty for anything else, also with bits set behind the prefix. */
  public static Optional<Subnet> parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2 || !parts[1].matches("\\d{1,2}")) {
      return Optional.empty();
    }
    int prefix = Integer.parseInt(parts[1]);
    return Ipv4.parse(parts[0])
        .flatMap(address -> of(address, prefix).filter(subnet -> subnet.network().equals(address)));
  }

  private static long bits(int prefix) {
    return ALL << (BITS - prefix) & ALL;
  }

  /** The mask as an address. */
  public Ipv4 mask() {
    return new Ipv4(bits(prefix));
  }

  private long broadcast() {
    return network.number() | (~bits(prefix) & ALL);
  }

  /** Whether a machine of this network may have an address. */
  public boolean has(Ipv4 address) {
    return address.number() > network.number() && address.number() < broadcast();
  }

  private long middle() {
    return network.number() + (broadcast() - network.number()) / 2;
  }

  AddressRange lowerHalf() {
    return new AddressRange(new Ipv4(network.number() + 1), new Ipv4(middle()));
  }

  AddressRange upperHalf() {
    return new AddressRange(new Ipv4(middle() + 1), new Ipv4(broadcast() - 1));
  }

  @Override
  public String toString() {
    return network + "/" + prefix;
  }
}
