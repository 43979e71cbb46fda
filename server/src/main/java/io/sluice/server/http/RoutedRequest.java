package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.arrival.Arrival;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request together with what is found out about it, once, as soon as it has been
 * decoded: how it came, and which route takes it. All that see the request afterwards are told by
 * it.
 */
public final class RoutedRequest extends DefaultHttpRequest {
  private static final Reply.Problem NOT_ALLOWED =
      new Reply.Problem(
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "method (expected: GET or HEAD)",
          Map.of(ResponseFields.ALLOW, "GET, HEAD"));

  private final Arrival arrival;
  private final RouteTable.Found found;
  private final Endpoint endpoint;
  private final Request request;

  RoutedRequest(HttpRequest head, Arrival arrival, RouteTable.Found found) {
    super(head.protocolVersion(), head.method(), head.uri(), RequestFields.kept(head.headers()));
    setDecoderResult(head.decoderResult());
    this.arrival = arrival;
    this.found = found;
    this.endpoint = refusal().map(RoutedRequest::refusing).orElseGet(this::taken);
    this.request =
        new Request(
            head.method(),
            found.target() instanceof RequestTarget.Path path
                ? path
                : new RequestTarget.Path(List.of(), ""),
            found.match().map(RouteTable.Match::parameters).orElse(Map.of()),
            headers(),
            arrival);
  }

  /** What is in memory of it, in bytes, beside what every request takes. */
  long keptBytes() {
    return 2L * uri().length() + RequestFields.bytes(headers());
  }

  /** How it came. */
  public Arrival arrival() {
    return arrival;
  }

  /** What it is counted as. */
  public EndpointClass endpointClass() {
    return found.endpointClass();
  }

  /** What answers it when it is well-formed; a refusal when no route takes it. */
  Endpoint endpoint() {
    return endpoint;
  }

  /** The request as its endpoint sees it, before its body has come. */
  Request request() {
    return request;
  }

  /** Whether a body of so many bytes has to be admitted before it is sent. */
  boolean isStream(long bytes) {
    return found.match().filter(match -> bytes >= match.streamBytes()).isPresent();
  }

  /** Whether problems are told in JSON. */
  boolean isOfApi() {
    return endpointClass() == EndpointClass.API
        || (found.target() instanceof RequestTarget.Malformed && RequestTarget.isUnderApi(uri()));
  }

  private Endpoint taken() {
    return found.match().orElseThrow().endpoint();
  }

  private static Endpoint refusing(Reply.Problem problem) {
    return Endpoint.of(request -> problem);
  }

  private Optional<Reply.Problem> refusal() {
    if (isForTheServer()) {
      return Optional.of(NOT_ALLOWED);
    }
    if (found.target() instanceof RequestTarget.Malformed malformed) {
      return problem(HttpResponseStatus.BAD_REQUEST, malformed.problem());
    }
    if (endpointClass() != EndpointClass.API && !RequestRules.isRead(method())) {
      return Optional.of(NOT_ALLOWED);
    }
    return found.target() instanceof RequestTarget.Path path && found.match().isEmpty()
        ? problem(HttpResponseStatus.NOT_FOUND, path.text() + ": nothing is served here")
        : Optional.empty();
  }

  private static Optional<Reply.Problem> problem(HttpResponseStatus status, String detail) {
    return Optional.of(Reply.Problem.of(status, detail));
  }

  /**
   * Whether the request is well-formed without a path: {@code OPTIONS *} or a tunnel (RFC 9112
   * §3.2.3, §3.2.4).
   */
  private boolean isForTheServer() {
    return HttpMethod.CONNECT.equals(method())
        || (HttpMethod.OPTIONS.equals(method()) && uri().equals("*"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
