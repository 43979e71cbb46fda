package io.sluice.server.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of addresses in CIDR notation (RFC 4632 §3.1).
 *
 * @param first its first address
 * @param bits how many leading bits are the same for all of them
 */
public record Network(InetAddress first, int bits) {
  /** Only numbers: a name would be looked up. */
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32} or one address.
   *
   * @return empty for anything else, also for a network with bits set behind its prefix
   */
  public static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    String bits = slash < 0 ? "" : text.substring(slash + 1);
    Optional<InetAddress> first = address(slash < 0 ? text : text.substring(0, slash));
    if (first.isEmpty() || (slash >= 0 && !bits.matches("\\d{1,3}"))) {
      return Optional.empty();
    }
    int all = first.get().getAddress().length * Byte.SIZE;
    int prefix = slash < 0 ? all : Integer.parseInt(bits);
    if (prefix > all) {
      return Optional.empty();
    }
    Network network = new Network(first.get(), prefix);
    return Arrays.equals(network.masked(first.get().getAddress()), first.get().getAddress())
        ? Optional.of(network)
        : Optional.empty();
  }

  /**
   * The network of so many bits that an address lies in.
   *
   * @param address 4 or 16 bytes
   */
  public static Network of(byte[] address, int bits) {
    try {
      return new Network(InetAddress.getByAddress(masked(address, bits)), bits);
    } catch (UnknownHostException otherLength) {
      throw new IllegalArgumentException("address of " + address.length + " bytes", otherLength);
    }
  }

  /**
   * Reads one address, never a name, without brackets and zone. One that is IPv4 in the form of
   * IPv6 comes out as IPv4.
   */
  public static Optional<InetAddress> address(String text) {
    boolean four = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!NUMERIC.matcher(text).matches() || (text.indexOf(':') < 0 && !four)) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException notAnAddress) {
      return Optional.empty();
    }
  }

  /** Reads a port from 1 to 65535. */
  public static Optional<Integer> port(String text) {
    return Optional.of(text)
        .filter(digits -> digits.matches("\\d{1,5}"))
        .map(Integer::valueOf)
        .filter(Authority::isPort);
  }

  /** Whether an address lies within. */
  public boolean holds(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == first.getAddress().length
        && Arrays.equals(masked(bytes), first.getAddress());
  }

  private byte[] masked(byte[] address) {
    return masked(address, bits);
  }

  private static byte[] masked(byte[] address, int bits) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int keep = Math.max(0, Math.min(Byte.SIZE, bits - i * Byte.SIZE));
      masked[i] &= (byte) (0xff00 >> keep);
    }
    return masked;
  }

  @Override
  public String toString() {
    return first.getHostAddress() + "/" + bits;
  }
}
