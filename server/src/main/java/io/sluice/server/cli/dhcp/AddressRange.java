package io.sluice.server.cli.dhcp;

import java.util.List;
import java.util.Optional;

/** Addresses to give away, both ends among them. */
public record AddressRange(Ipv4 first, Ipv4 last) {
  /**
   * Reads {@code 10.1.0.50-10.1.0.250}; empty for anything else, also with the higher one first.
   */
  public static Optional<AddressRange> parse(String text) {
    List<Optional<Ipv4>> ends =
        List.of(text.split("-", -1)).stream().map(String::strip).map(Ipv4::parse).toList();
    return ends.size() == 2
        ? ends.get(0)
            .flatMap(first -> ends.get(1).map(last -> new AddressRange(first, last)))
            .filter(range -> range.first().compareTo(range.last()) <= 0)
        : Optional.empty();
  }

  /**
   * Half of a network: the upper one, unless an address lies there that has its owner.
   *
   * @return empty when addresses with owners lie in both halves
   */
  public static Optional<AddressRange> free(Subnet subnet, List<Ipv4> taken) {
    return Optional.of(subnet.halfWithout(taken))
        .filter(half -> taken.stream().noneMatch(half::has));
  }

  /** Whether an address is one of these. */
  public boolean has(Ipv4 address) {
    return first.compareTo(address) <= 0 && address.compareTo(last) <= 0;
  }

  /** Whether all of them are addresses that machines of a network may have. */
  public boolean isWithin(Subnet subnet) {
    return subnet.has(first) && subnet.has(last);
  }

  @Override
  public String toString() {
    return first + "-" + last;
  }
}
