package io.sluice.server.http.arrival;

import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.net.Authority;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What proxies say of a request: {@code Forwarded} (RFC 7239) and the {@code X-Forwarded-*} that
 * were there before it. Pure.
 */
final class Forwarding {
  private static final String FORWARDED = "Forwarded";
  private static final String FOR = "X-Forwarded-For";
  private static final String HOST = "X-Forwarded-Host";
  private static final String PORT = "X-Forwarded-Port";
  private static final String PROTO = "X-Forwarded-Proto";

  /** token or quoted-string (RFC 7239 §4), then what ends it. */
  private static final Pattern PAIR =
      Pattern.compile(
          "\\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([^\\s\",;]*)|\"((?:[^\"\\\\]|\\\\.)*)\"))?\\s*"
              + "([;,]|$)");

  /** An address with or without a port; IPv6 in brackets, or bare as in X-Forwarded-For. */
  private static final Pattern NODE =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([0-9.]+))(?::(\\d{1,5}|_[\\w.-]+))?");

  /** A proxy that does not know, or does not say (RFC 7239 §6.2, §6.3). */
  private static final Pattern UNIDENTIFIED = Pattern.compile("(?i)|unknown|_[\\w.-]+");

  private static final Hop NOT_SAID = new Hop("", "", "");

  /**
   * Whom a proxy was asked by.
   *
   * @param node as the proxy wrote it, empty when it does not say
   * @param host what the client called the proxy, empty when it does not say
   * @param proto empty when it does not say
   */
  private record Hop(String node, String host, String proto) {}

  private final List<Hop> forwarded;
  private final List<Hop> older;
  private final HttpHeaders headers;
  private final boolean malformed;

  private Forwarding(List<Hop> forwarded, List<Hop> older, HttpHeaders headers, boolean malformed) {
    this.forwarded = forwarded;
    this.older = older;
    this.headers = headers;
    this.malformed = malformed;
  }

  static Forwarding of(HttpHeaders headers) {
    List<Hop> hops = new ArrayList<>();
    boolean read = elements(String.join(",", headers.getAll(FORWARDED)), hops);
    List<Hop> older = values(headers, FOR).stream().map(node -> new Hop(node, "", "")).toList();
    return new Forwarding(hops, older, headers, !read);
  }

  /** Reads forwarded-elements; an element without for= names no client. */
  private static boolean elements(String field, List<Hop> hops) {
    if (field.isBlank()) {
      return true;
    }
    Matcher pair = PAIR.matcher(field);
    Hop hop = NOT_SAID;
    boolean said = false;
    for (int at = 0; at <= field.length(); at = pair.end()) {
      if (!pair.find(at) || pair.start() != at) {
        return false;
      }
      if (pair.group(1) != null) {
        String quoted = pair.group(3);
        String value = quoted == null ? pair.group(2) : quoted.replaceAll("\\\\(.)", "$1");
        hop = with(hop, pair.group(1).toLowerCase(Locale.ROOT), value);
        said = true;
      }
      if (!pair.group(4).equals(";")) {
        if (said) {
          hops.add(hop);
        }
        hop = NOT_SAID;
        said = false;
      }
      if (pair.group(4).isEmpty()) {
        return true;
      }
    }
    return true;
  }

  private static Hop with(Hop hop, String name, String value) {
    return switch (name) {
      case "for" -> new Hop(value, hop.host(), hop.proto());
      case "host" -> new Hop(hop.node(), value, hop.proto());
      case "proto" -> new Hop(hop.node(), hop.host(), value);
      default -> hop;
    };
  }

  private static List<String> values(HttpHeaders headers, String name) {
    return headers.getAll(name).stream()
        .flatMap(field -> Arrays.stream(field.split(",", -1)))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  /**
   * How far the word of trusted proxies goes.
   *
   * @param client the last address that is sure
   * @param hops how many of them were followed
   */
  private record Walk(InetSocketAddress client, int hops, boolean malformed) {}

  /**
   * Follows what was said back from the nearest proxy, as long as it is a trusted one that said it:
   * what stands before that, any client may have written.
   */
  private static Walk walk(
      List<Hop> hops, InetSocketAddress nearest, Predicate<InetAddress> trusted) {
    InetSocketAddress client = nearest;
    for (int i = hops.size() - 1; i >= 0 && trusted.test(client.getAddress()); i--) {
      Optional<InetSocketAddress> before = node(hops.get(i).node());
      if (before.isEmpty()) {
        boolean hidden = UNIDENTIFIED.matcher(hops.get(i).node()).matches();
        return new Walk(client, hops.size() - i, !hidden);
      }
      client = before.get();
      if (i == 0 || !trusted.test(client.getAddress())) {
        return new Walk(client, hops.size() - i, false);
      }
    }
    return new Walk(client, 0, false);
  }

  private static Optional<InetSocketAddress> node(String text) {
    Optional<InetAddress> bare = Network.address(text);
    if (bare.isPresent()) {
      return bare.map(address -> new InetSocketAddress(address, 0));
    }
    Matcher parts = NODE.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String address = parts.group(1) == null ? parts.group(2) : parts.group(1);
    String port = parts.group(3) == null ? "" : parts.group(3);
    return Network.address(address)
        .map(found -> new InetSocketAddress(found, Network.port(port).orElse(0)));
  }

  /** What came of it. */
  final class Found {
    private final InetSocketAddress client;
    private final String problem;
    private final Optional<Hop> hop;
    private final int depth;

    private Found(InetSocketAddress client, String problem, Optional<Hop> hop, int depth) {
      this.client = client;
      this.problem = problem;
      this.hop = hop;
      this.depth = depth;
    }

    /** The client that asked. */
    InetSocketAddress client() {
      return client;
    }

    /** Why it is not known, in one line; empty when it is. */
    String problem() {
      return problem;
    }

    /**
     * Where the client found the proxy; empty when no proxy says anything.
     *
     * @param named the Host field as it came, which proxies may pass on
     * @param connection what stands in for what is not said
     */
    Optional<Arrival.Reached> reached(String named, Proxies.Connection connection) {
      List<String> said = List.of(FORWARDED, FOR, HOST, PORT, PROTO);
      if (said.stream().noneMatch(headers::contains)) {
        return Optional.empty();
      }
      String proto = hop.map(Hop::proto).filter(text -> !text.isEmpty()).orElse(nth(PROTO));
      String scheme =
          proto.isEmpty()
              ? connection.scheme()
              : proto.equalsIgnoreCase("https") ? "https" : "http";
      Optional<Authority> host =
          hop.flatMap(each -> callable(each.host()))
              .or(() -> callable(nth(HOST)))
              .or(() -> callable(named));
      Optional<Integer> port = Network.port(nth(PORT));
      return host.map(each -> port.map(each::at).orElse(each))
          .map(each -> each.url(scheme).substring(scheme.length() + "://".length()))
          .map(each -> new Arrival.Reached(scheme, each, connection.local(), true));
    }

    private static Optional<Authority> callable(String text) {
      return Authority.parse(text).filter(Authority::isCallable);
    }

    /** The value that the proxy wrote whose client this is, else the first. */
    private String nth(String name) {
      List<String> all = values(headers, name);
      int index = all.size() - Math.max(1, depth);
      return all.isEmpty() ? "" : all.get(Math.max(0, index));
    }
  }

  /**
   * Finds the client that asked.
   *
   * @param nearest the other end of the connection, which is trusted
   */
  Found client(InetSocketAddress nearest, Predicate<InetAddress> trusted) {
    Walk newer = walk(forwarded, nearest, trusted);
    Walk old = walk(older, nearest, trusted);
    boolean names = forwarded.stream().anyMatch(hop -> !hop.node().isEmpty());
    boolean both = names && !older.isEmpty();
    String problem = "";
    if (malformed || newer.malformed()) {
      problem = FORWARDED + " (expected: for=ADDRESS as RFC 7239 has it, from a trusted proxy)";
    } else if (old.malformed()) {
      problem = FOR + " (expected: addresses, from a trusted proxy)";
    } else if (both && !newer.client().getAddress().equals(old.client().getAddress())) {
      problem =
          FORWARDED
              + " and "
              + FOR
              + " (expected: the same client in both; a proxy has to remove"
              + " what it does not set)";
    }
    Walk taken = names ? newer : old;
    Optional<Hop> hop =
        newer.hops() == 0
            ? Optional.empty()
            : Optional.of(forwarded.get(forwarded.size() - newer.hops()));
    return new Found(taken.client(), problem, hop, taken.hops());
  }
}
