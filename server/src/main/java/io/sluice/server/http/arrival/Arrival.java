package io.sluice.server.http.arrival;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.net.Authority;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How one request came here: whose it is, whether a proxy handed it on, and where its client finds
 * the server. Not of its connection: a proxy sends the requests of many over one.
 */
public final class Arrival {
  private static final String FORWARDED_FIELDS = "x-forwarded";
  private static final Set<String> RELAYING =
      Set.of(
          "forwarded",
          "forwarded-for",
          "via",
          "x-real-ip",
          "x-client-ip",
          "x-cluster-client-ip",
          "true-client-ip",
          "x-original-forwarded-for",
          "x-original-host");

  private final InetSocketAddress client;
  private final boolean fromThisMachine;
  private final String certified;
  private final Called called;
  private final String problem;

  /**
   * Where a client found the server.
   *
   * @param scheme {@code http} or {@code https}
   * @param named what it called it, as it was sent; empty when it did not say
   * @param local where its connection, or that of its proxy, was opened to
   * @param elsewhere whether that was at a proxy, which listens on ports of its own
   */
  record Reached(String scheme, String named, InetSocketAddress local, boolean elsewhere) {

    /**
     * A name counts where it is consistent with the port of the connection: GRUB names no port, and
     * a client that names another was sent here by something that does not tell.
     */
    String url() {
      Optional<Authority> name = Authority.parse(named).filter(Authority::isCallable);
      if (elsewhere && name.isPresent()) {
        return name.get().url(scheme);
      }
      return name.filter(host -> host.port() == 0 || host.port() == local.getPort())
          .map(host -> host.at(local.getPort()))
          .orElseGet(() -> Authority.of(local.getAddress(), local.getPort()))
          .url(scheme);
    }
  }

  /**
   * What the server is called.
   *
   * @param publicUrl by everybody; empty when that depends on the request
   */
  record Called(String publicUrl, Reached reached, ListenPorts ports) {
    String url() {
      return publicUrl.isEmpty() ? reached.url() : publicUrl;
    }

    /** The same host at the port that speaks this scheme. */
    String url(String scheme) {
      String url = url();
      if (url.startsWith(scheme + "://")) {
        return url;
      }
      int port = ports.of(scheme);
      return port == 0
          ? ""
          : Authority.parse(url.substring(url.indexOf("://") + "://".length()))
              .map(host -> host.at(port).url(scheme))
              .orElse("");
    }
  }

  /**
   * How a request came. Of its header fields nothing is kept.
   *
   * @param proxied whether a proxy told of the client
   * @param certified whom a certificate says the other end of the connection is; may be empty
   * @param problem what is wrong with what a trusted proxy says, empty when nothing is
   */
  Arrival(
      InetSocketAddress client,
      boolean proxied,
      String certified,
      HttpHeaders headers,
      Called called,
      String problem) {
    this.client = client;
    // A certificate of a proxy says nothing of those whose requests it hands on.
    this.certified = certified.isEmpty() || isRelayed(headers) ? "" : certified;
    this.fromThisMachine =
        client.getAddress() != null
            && client.getAddress().isLoopbackAddress()
            && !proxied
            && !isRelayed(headers)
            && isLoopback(called.reached().named())
            && headers.getAll(HttpHeaderNames.HOST).stream().allMatch(Arrival::isLoopback);
    this.called = called;
    this.problem = problem;
  }

  /** A request that came straight from its client, at port 80 of this machine. */
  public static Arrival straight(InetSocketAddress client, HttpHeaders headers) {
    InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 80);
    String named = headers.get(HttpHeaderNames.HOST, "");
    Called called = new Called("", new Reached("http", named, local, false), new ListenPorts());
    return new Arrival(client, false, "", headers, called, "");
  }

  /** The client: the other end of the connection, or whom a trusted proxy names. */
  public InetSocketAddress client() {
    return client;
  }

  /** What the client can call this server, such as {@code http://10.0.0.1:8080}. */
  public String baseUrl() {
    return called.url();
  }

  /**
   * What the client can call this server with TLS, or without: the same when it asked that way,
   * else the same host at the other port.
   *
   * @param scheme {@code http} or {@code https}
   * @return empty when the server has no port for that
   */
  public String url(String scheme) {
    return called.url(scheme);
  }

  /**
   * Whom the client's certificate says it is, as RFC 4514 spells names; empty when it has shown
   * none that the server was told to trust.
   */
  public String certified() {
    return certified;
  }

  /** What is wrong with what a trusted proxy says, in one line; empty when nothing is. */
  public String problem() {
    return problem;
  }

  /**
   * Whether a program on this machine asked, and called the server by a name that only a program on
   * this machine can mean. A proxy on this machine asks for others, and a browser for pages whose
   * name was made to point here (DNS rebinding).
   */
  public boolean isFromThisMachine() {
    return fromThisMachine;
  }

  /** A target in absolute form takes the place of Host (RFC 9112 §3.2.2), and may be of another. */
  private static boolean isLoopback(String named) {
    return Authority.parse(named).filter(Authority::isLoopback).isPresent();
  }

  /** Whether a proxy handed the request on, trusted or not. */
  private static boolean isRelayed(HttpHeaders headers) {
    for (Map.Entry<String, String> field : headers) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(FORWARDED_FIELDS) || RELAYING.contains(name)) {
        return true;
      }
    }
    return false;
  }
}
