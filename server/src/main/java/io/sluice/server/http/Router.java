package io.sluice.server.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.http.arrival.Arrival;
import io.sluice.server.http.arrival.ArrivedRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * From a well-formed request to its answer: target, method, route, endpoint. One for each
 * connection, used on its loop only.
 */
final class Router {
  private static final Reply.Problem NOT_ALLOWED =
      new Reply.Problem(
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "method (expected: GET or HEAD)",
          Map.of(ResponseFields.ALLOW, "GET, HEAD"));

  private static final RouteTable.Found NOTHING =
      new RouteTable.Found(RequestTarget.parse(""), Optional.empty());

  private final RouteTable routes;

  /** What was asked for last: a request is counted first, and then answered. */
  private String target = "";

  private RouteTable.Found found = NOTHING;

  Router(RouteTable routes) {
    this.routes = routes;
  }

  /** What a request for this target is counted as. */
  EndpointClass endpointClass(String wanted) {
    return find(wanted).endpointClass();
  }

  private RouteTable.Found find(String wanted) {
    if (!wanted.equals(target)) {
      found = routes.find(wanted);
      target = wanted;
    }
    return found;
  }

  /**
   * A request on its way to its answer.
   *
   * @param request as the endpoint sees it
   */
  record Routed(Endpoint endpoint, Request request) {
    BodyIntake intake() {
      return endpoint.intake(request);
    }

    /** See {@link Endpoint#answer}. */
    CompletionStage<Reply> answer(RequestBody body, Cancellation cancellation) {
      return endpoint.answer(request.with(body, cancellation));
    }
  }

  /** Finds what answers a request. */
  Routed route(HttpRequest head) {
    Arrival arrival =
        head instanceof ArrivedRequest arrived
            ? arrived.arrival()
            : Arrival.straight(new InetSocketAddress(0), head.headers());
    RouteTable.Found wanted = find(head.uri());
    if (isForTheServer(head)) {
      return refused(head, arrival, NOT_ALLOWED);
    }
    if (wanted.target() instanceof RequestTarget.Malformed malformed) {
      return refused(
          head, arrival, Reply.Problem.of(HttpResponseStatus.BAD_REQUEST, malformed.problem()));
    }
    RequestTarget.Path path = (RequestTarget.Path) wanted.target();
    Optional<RouteTable.Match> match = wanted.match();
    boolean api = match.isPresent() && match.get().endpointClass() == EndpointClass.API;
    if (!api && !RequestRules.isRead(head.method())) {
      return refused(head, arrival, NOT_ALLOWED);
    }
    if (match.isEmpty()) {
      return refused(
          head,
          arrival,
          Reply.Problem.of(HttpResponseStatus.NOT_FOUND, path.text() + ": nothing is served here"));
    }
    return new Routed(
        match.get().endpoint(),
        new Request(
            head.method(),
            path,
            match.get().parameters(),
            head.headers(),
            arrival,
            Cancellation.never(),
            RequestBody.NONE));
  }

  private static Routed refused(HttpRequest head, Arrival arrival, Reply.Problem problem) {
    return new Routed(
        Endpoint.of(request -> problem),
        new Request(
            head.method(),
            new RequestTarget.Path(List.of(), ""),
            Map.of(),
            head.headers(),
            arrival,
            Cancellation.never(),
            RequestBody.NONE));
  }

  /**
   * Whether the request is well-formed without a path: {@code OPTIONS *} or a tunnel (RFC 9112
   * §3.2.3, §3.2.4).
   */
  private static boolean isForTheServer(HttpRequest head) {
    return HttpMethod.CONNECT.equals(head.method())
        || (HttpMethod.OPTIONS.equals(head.method()) && head.uri().equals("*"));
  }
}
