package io.sluice.server.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** From a well-formed request to its answer: target, method, route, endpoint. */
final class Router {
  private final RouteTable routes;

  Router(RouteTable routes) {
    this.routes = routes;
  }

  /** What a request is for. */
  EndpointClass endpointClass(HttpRequest head) {
    return routes.classify(head.uri());
  }

  /** The answer to one request; see {@link Endpoint#answer}. */
  CompletionStage<Reply> answer(HttpRequest head) {
    RequestTarget target = RequestTarget.parse(head.uri());
    if (isForTheServer(head)) {
      return notAllowed();
    }
    if (target instanceof RequestTarget.Malformed malformed) {
      return problem(Reply.Problem.of(HttpResponseStatus.BAD_REQUEST, malformed.problem()));
    }
    RequestTarget.Path path = (RequestTarget.Path) target;
    Optional<RouteTable.Match> match = routes.find(path);
    if (match.isPresent() && match.get().endpointClass() == EndpointClass.API) {
      return answer(match.get(), head, path).thenApply(Router::asJson);
    }
    if (!RequestRules.isRead(head.method())) {
      return notAllowed();
    }
    if (match.isEmpty()) {
      return problem(
          Reply.Problem.of(HttpResponseStatus.NOT_FOUND, path.text() + ": nothing is served here"));
    }
    return answer(match.get(), head, path);
  }

  /**
   * Whether the request is well-formed without a path: {@code OPTIONS *} or a tunnel (RFC 9112
   * §3.2.3, §3.2.4).
   */
  private static boolean isForTheServer(HttpRequest head) {
    return HttpMethod.CONNECT.equals(head.method())
        || (HttpMethod.OPTIONS.equals(head.method()) && head.uri().equals("*"));
  }

  private static CompletionStage<Reply> notAllowed() {
    return problem(
        new Reply.Problem(
            HttpResponseStatus.METHOD_NOT_ALLOWED,
            "method (expected: GET or HEAD)",
            Map.of(ResponseFields.ALLOW, "GET, HEAD")));
  }

  private static CompletionStage<Reply> answer(
      RouteTable.Match match, HttpRequest head, RequestTarget.Path path) {
    return match
        .endpoint()
        .answer(new Request(head.method(), path, match.parameters(), head.headers()));
  }

  /** Under {@code /api} problems are JSON. */
  private static Reply asJson(Reply reply) {
    return reply instanceof Reply.Problem problem ? ProblemPages.json(problem) : reply;
  }

  private static CompletionStage<Reply> problem(Reply.Problem problem) {
    return CompletableFuture.completedFuture(problem);
  }
}
