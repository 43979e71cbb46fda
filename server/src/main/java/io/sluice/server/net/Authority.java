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
  private static final Pattern SPELLING =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9_][A-Za-z0-9._-]{0,252})(?::(\\d{0,5}))?");

  /** uri-host [":" port] of RFC 9110 §7.2 with the characters of RFC 3986 §3.2.2. */
  private static final Pattern URI_HOST =
      Pattern.compile(
          "(?:\\[([0-9A-Fa-f:.]+)(?:%25[A-Za-z0-9._~-]+)?]"
              + "|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::(\\d{0,5}))?");

  private static final int LARGEST_PORT = 65_535;

  /**
   * Reads {@code HOST}, {@code HOST:} or {@code HOST:PORT}.
   *
   * @return empty for anything else, also for port 0 and what a script could not hold as one word
   */
  public static Optional<Authority> parse(String text) {
    Matcher parts = SPELLING.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String host = parts.group(1);
    String port = parts.group(2) == null ? "" : parts.group(2);
    if (host.startsWith("[") && Network.address(unbracketed(host)).isEmpty()) {
      return Optional.empty();
    }
    return port.isEmpty()
        ? Optional.of(new Authority(host, 0))
        : Network.port(port).map(number -> new Authority(host, number));
  }

  /**
   * Whether this is a host, and a port if any, as a URL may have them: also one that no server can
   * be called by in a script, such as a name with other letters than {@link #parse} takes.
   */
  public static boolean isSpelled(String text) {
    Matcher parts = URI_HOST.matcher(text);
    return parts.matches()
        && (parts.group(1) == null || Network.address(parts.group(1)).isPresent())
        && (parts.group(2) == null
            || parts.group(2).isEmpty()
            || Integer.parseInt(parts.group(2)) <= LARGEST_PORT);
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
