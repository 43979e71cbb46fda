package io.sluice.metrics;

/** Says which of a closed set of endpoint names a request belongs to. */
@FunctionalInterface
public interface EndpointClassifier {

  /**
   * Names the endpoint of a request. Called once per request, on the channel's event loop, before
   * anything has checked the request.
   *
   * @param target the request target exactly as received: it may be in any form of RFC 9112 section
   *     3.2, have a query, be badly encoded or very long, or be Netty's {@code /bad-request} for a
   *     head that could not be decoded
   * @return one of a small fixed set of names, never anything taken from the target. Whatever is
   *     thrown instead is logged and the request gets the empty name.
   */
  String classify(String target);
}
