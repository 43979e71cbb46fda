package io.sluice.metrics;

import io.netty.handler.codec.http.HttpRequest;

/** Says which of a closed set of endpoint names a request belongs to. */
@FunctionalInterface
public interface EndpointClassifier {

  /**
   * Names the endpoint of a request. Called once per request, on the channel's event loop, before
   * anything has checked the request.
   *
   * @param request its head, as the handler before the timing handler sent it on. The target is as
   *     it was received: it may be in any form of RFC 9112 section 3.2, have a query, be badly
   *     encoded or very long, or be Netty's {@code /bad-request} for a head that could not be
   *     decoded
   * @return one of a small fixed set of names, never anything taken from the target. Whatever is
   *     thrown instead is logged and the request gets the empty name.
   */
  String classify(HttpRequest request);
}
