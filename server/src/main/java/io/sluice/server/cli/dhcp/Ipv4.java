package io.sluice.server.cli.dhcp;

import java.util.Optional;

/**
 * An IPv4 address as a number, so that it can be counted from.
 *
 * @param number from 0 to 2³² − 1
 */
public record Ipv4(long number) implements Comparable<Ipv4> {
  private static final int OCTETS = 4;
  private static final int LARGEST_OCTET = 255;

  /** Reads {@code 10.1.0.1}; empty for anything else. */
  public static Optional<Ipv4> parse(String text) {
    String[] octets = text.split("\\.", -1);
    long number = 0;
    for (String octet : octets) {
      if (!octet.matches("\\d{1,3}") || Integer.parseInt(octet) > LARGEST_OCTET) {
        return Optional.empty();
      }
      number = number << Byte.SIZE | Integer.parseInt(octet);
    }
    return octets.length == OCTETS ? Optional.of(new Ipv4(number)) : Optional.empty();
  }

  @Override
  public int compareTo(Ipv4 other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return (number >> 24)
        + "."
        + (number >> 16 & 255)
        + "."
        + (number >> 8 & 255)
        + "."
        + (number & 255);
  }
}
