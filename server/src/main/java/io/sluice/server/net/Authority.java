package io.sluice.server.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is, as a URL and the Host field name it (RFC 9110 §7.2).
 *
 * @param host a name, an IPv4 address, or an IPv6 address in brackets
 * @param port 0 when none is named
 */
public record Authority(String host, int port) {
  /** uri-host [":" port] with the characters of RFC 3986 §3.2.2; the zone is RFC 6874's. */
  private static final Pattern SPELLING =
      Pattern.compile(
          "(\\[([0-9A-Fa-f:.]+)(?:%25[A-Za-z0-9._~-]+)?]"
              + "|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::(\\d{0,5}))?");

  /** What every boot loader takes as one word of a script, whatever is written around it. */
  private static final Pattern CALLABLE =
      Pattern.compile("\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9_][A-Za-z0-9._-]{0,252}");

  private static final int LARGEST_PORT = 65_535;

  /**
   * Reads {@code HOST}, {@code HOST:} or {@code HOST:PORT} as a Host field and a URL may have them.
   *
   * @return empty for anything else: without a host, with a user, with port 0 or one that is none
   */
  public static Optional<Authority> parse(String text) {
    Matcher parts = SPELLING.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String literal = parts.group(2);
    if (literal != null && (literal.indexOf(':') < 0 || Network.address(literal).isEmpty())) {
      return Optional.empty();
    }
    String host = parts.group(1);
    String port = parts.group(3) == null ? "" : parts.group(3);
    return port.isEmpty()
        ? Optional.of(new Authority(host, 0))
        : Network.port(port).map(number -> new Authority(host, number));
  }

  /** Whether a boot script can call a server so: a plain name, or an address without a zone. */
  public boolean isCallable() {
    return CALLABLE.matcher(host).matches();
  }

  /**
   * An address as a host, without the zone, which means nothing to any other machine (RFC 6874).
   */
  public static Authority of(InetAddress address, int port) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    String plain = zone < 0 ? text : text.substring(0, zone);
    return new Authority(address instanceof Inet6Address ? "[" + plain + "]" : plain, port);
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** The same host at another port. */
  public Authority at(int other) {
    return new Authority(host, other);
  }

  /**
   * Whether only the machine itself can be meant: no name that a name server could answer for is
   * (RFC 6761 §6.3 has {@code localhost} as the only one that none answers).
   */
  public boolean isLoopback() {
    return host.toLowerCase(Locale.ROOT).equals("localhost")
        || Network.address(unbracketed(host)).filter(InetAddress::isLoopbackAddress).isPresent();
  }

  /**
   * A URL without a path.
   *
   * @param scheme {@code http} or {@code https}, whose own port is left out
   */
  public String url(String scheme) {
    int standard = scheme.equals("https") ? 443 : 80;
    return scheme + "://" + host + (port == 0 || port == standard ? "" : ":" + port);
  }

  static boolean isPort(int number) {
    return number > 0 && number <= LARGEST_PORT;
  }
}
