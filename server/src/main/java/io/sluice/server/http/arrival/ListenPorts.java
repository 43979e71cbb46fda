package io.sluice.server.http.arrival;

/**
 * The numbers of the image ports, which are known for sure once the server listens. Thread-safe.
 */
public final class ListenPorts {
  private volatile int http;
  private volatile int https;

  /** The server listens. */
  public void listens(String scheme, int port) {
    if (scheme.equals("https")) {
      https = port;
    } else {
      http = port;
    }
  }

  /** The port of a scheme; 0 when there is none. */
  int of(String scheme) {
    return scheme.equals("https") ? https : http;
  }
}
