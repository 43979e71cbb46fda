package io.sluice.bench.compare;

import io.sluice.bench.client.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * A server to storm.
 *
 * @param name what reports call it
 * @param url of the server, with a path of its own or without
 * @param endpoint where connections go
 * @param metrics its Prometheus endpoint, or null
 * @param command what starts it, or null when it runs already
 */
public record Target(
    String name, URI url, Endpoint endpoint, @Nullable URI metrics, @Nullable String command) {
  private static final int HTTP_PORT = 80;

  /**
   * Finds the server's address.
   *
   * @throws IllegalArgumentException when the URL is no {@code http} URL or its host is unknown
   */
  public static Target of(
      String name, String url, @Nullable URI metrics, @Nullable String command) {
    URI uri = httpUri(url);
    int port = uri.getPort() < 0 ? HTTP_PORT : uri.getPort();
    try {
      InetAddress address = InetAddress.getByName(uri.getHost());
      Endpoint endpoint = new Endpoint(new InetSocketAddress(address, port), uri.getRawAuthority());
      return new Target(name, uri, endpoint, metrics, command);
    } catch (UnknownHostException unknown) {
      throw new IllegalArgumentException(
          "'" + url + "' (expected: the URL of a host that has an address)", unknown);
    }
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException when it is no {@code http} URL with a host
   */
  public static URI httpUri(String url) {
    try {
      URI uri = URI.create(url);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException malformed) {
      // Falls through to the message below.
    }
    throw new IllegalArgumentException("'" + url + "' (expected: http://HOST:PORT[/PATH])");
  }

  /** The URL's path without a slash at its end; empty for a bare server. */
  public String path() {
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
