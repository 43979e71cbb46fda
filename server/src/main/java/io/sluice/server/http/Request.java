package io.sluice.server.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.http.arrival.Arrival;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * A well-formed request for one of the routes.
 *
 * @param method as it was sent
 * @param path what was asked for
 * @param query what the query of the path says
 * @param parameters what the route's pattern found in the path, by name
 * @param headers the header fields
 * @param arrival how it came, and from whom
 * @param cancellation whether the client is still there
 * @param body what the endpoint wanted to have of its body
 */
public record Request(
    HttpMethod method,
    RequestTarget.Path path,
    QueryParameters query,
    Map<String, String> parameters,
    HttpHeaders headers,
    Arrival arrival,
    Cancellation cancellation,
    RequestBody body) {

  /** A request without a body, from a client that waits for its answer. */
  public Request(
      HttpMethod method,
      RequestTarget.Path path,
      Map<String, String> parameters,
      HttpHeaders headers,
      Arrival arrival) {
    this(
        method,
        path,
        QueryParameters.of(path.query()),
        parameters,
        headers,
        arrival,
        Cancellation.never(),
        RequestBody.NONE);
  }

  /** A request without a body, from this machine. */
  public Request(
      HttpMethod method,
      RequestTarget.Path path,
      Map<String, String> parameters,
      HttpHeaders headers) {
    this(
        method,
        path,
        parameters,
        headers,
        Arrival.straight(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), headers));
  }

  /** The same request with its body, of a client that may leave. */
  Request with(RequestBody received, Cancellation leaving) {
    return new Request(method, path, query, parameters, headers, arrival, leaving, received);
  }

  /** The client. */
  public InetSocketAddress client() {
    return arrival.client();
  }

  /** Whether only the head of the answer is wanted. */
  public boolean isHead() {
    return HttpMethod.HEAD.equals(method);
  }

  /**
   * What the route's pattern found in the path.
   *
   * @throws IllegalArgumentException when the pattern has no such part
   */
  public String parameter(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "parameter: " + name + " (expected: " + parameters.keySet() + ")");
    }
    return value;
  }
}
