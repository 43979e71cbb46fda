package io.sluice.server.http.arrival;

import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Whose word is taken for what happened before a request came here.
 *
 * @param publicUrl what scripts call this server, whatever a request says; empty to find it out
 * @param trusted proxies; what other peers say of clients is passed over
 * @param ports where the server listens, with TLS and without
 */
public record Proxies(String publicUrl, List<Network> trusted, ListenPorts ports) {
  /** There are none. */
  public static final Proxies NONE = new Proxies("", List.of());

  /** For a server of which it does not matter where else it listens. */
  public Proxies(String publicUrl, List<Network> trusted) {
    this(publicUrl, trusted, new ListenPorts());
  }

  /** Copies what could be changed. */
  public Proxies {
    trusted = List.copyOf(trusted);
  }

  /** Whether this is the address of one. */
  public boolean trusts(InetAddress address) {
    return trusted.stream().anyMatch(network -> network.holds(address));
  }

  /**
   * What is known of a request.
   *
   * @param headers of the request
   * @param named what its client calls the server, as it was sent; empty when it does not say
   * @param connection what it came by
   */
  Arrival arrival(HttpHeaders headers, String named, Connection connection) {
    Arrival.Reached reached =
        new Arrival.Reached(connection.scheme(), named, connection.local(), false);
    InetSocketAddress client = connection.client();
    if (trusted.isEmpty() || !trusts(client.getAddress())) {
      return new Arrival(
          client, connection.isProxied(), connection.certified(), headers, called(reached), "");
    }
    Forwarding.Found found = Forwarding.of(headers).client(client, this::trusts);
    if (!found.problem().isEmpty()) {
      return new Arrival(client, true, "", headers, called(reached), found.problem());
    }
    Optional<Arrival.Reached> elsewhere = found.reached(named, connection);
    return new Arrival(
        found.client(),
        connection.isProxied(),
        connection.certified(),
        headers,
        called(elsewhere.orElse(reached)),
        "");
  }

  private Arrival.Called called(Arrival.Reached reached) {
    return new Arrival.Called(publicUrl, reached, ports);
  }

  /**
   * A connection.
   *
   * @param client that opened it, here or at a proxy that told by the PROXY protocol
   * @param local where it was opened to
   * @param isProxied whether a proxy told
   * @param scheme {@code https} when it is one with TLS, else {@code http}
   * @param certified whom a certificate says the other end is; empty when it has shown none
   */
  record Connection(
      InetSocketAddress client,
      InetSocketAddress local,
      boolean isProxied,
      String scheme,
      String certified) {
    /** One without TLS. */
    Connection(InetSocketAddress client, InetSocketAddress local, boolean isProxied) {
      this(client, local, isProxied, "http", "");
    }

    /** The same with TLS, whose handshake is over. */
    Connection secured(String certified) {
      return new Connection(client, local, isProxied, "https", certified);
    }
  }
}
