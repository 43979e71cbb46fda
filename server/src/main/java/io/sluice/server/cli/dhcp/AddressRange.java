package io.sluice.server.cli.dhcp;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
   * The longest piece of the upper half of a network that has no address with an owner, or else of
   * the lower half.
   *
   * @return empty when all addresses have owners
   */
  public static Optional<AddressRange> free(Subnet subnet, List<Ipv4> taken) {
    return Stream.of(subnet.upperHalf(), subnet.lowerHalf())
        .flatMap(half -> half.longestWithout(taken).stream())
        .findFirst();
  }

  private Optional<AddressRange> longestWithout(List<Ipv4> taken) {
    Optional<AddressRange> longest = Optional.empty();
    long from = first.number();
    List<Long> ends =
        Stream.concat(
                taken.stream().filter(this::has).map(Ipv4::number).sorted(),
                Stream.of(last.number() + 1))
            .toList();
    for (long end : ends) {
      if (end > from && (longest.isEmpty() || end - from > longest.get().size())) {
        longest = Optional.of(new AddressRange(new Ipv4(from), new Ipv4(end - 1)));
      }
      from = end + 1;
    }
    return longest;
  }

  private long size() {
    return last.number() - first.number() + 1;
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
