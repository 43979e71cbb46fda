package io.sluice.server.config;

/**
 * Where to listen.
 *
 * @param host name or address; an IPv6 address without its brackets
 * @param port 0 to 65535; 0 lets the system pick one
 */
public record HostPort(String host, int port) {
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
