package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.server.http.arrival.Arrival;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/** Heads of requests as they come out of the routing handler. */
final class Heads {
  private static final RouteTable EMPTY = RouteTable.builder(Map.of()).build();

  private Heads() {}

  static HttpRequest get(String target) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
  }

  /** One that leads nowhere, from a client. */
  static RoutedRequest from(InetSocketAddress client, HttpRequest head) {
    return EMPTY.route(head, Arrival.straight(client, head.headers()));
  }

  /** One that leads nowhere. */
  static RoutedRequest of(HttpRequest head) {
    return from(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1000), head);
  }
}
