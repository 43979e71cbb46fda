package io.sluice.server.http;

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

  /** The answer to one request; see {@link Endpoint#answer}. */
  CompletionStage<Reply> answer(HttpRequest head) {
    if (!RequestRules.isRead(head.method())) {
      return problem(
          new Reply.Problem(
              HttpResponseStatus.METHOD_NOT_ALLOWED,
              "method (expected: GET or HEAD)",
              Map.of(ResponseFields.ALLOW, "GET, HEAD")));
    }
    RequestTarget target = RequestTarget.parse(head.uri());
    if (target instanceof RequestTarget.Malformed malformed) {
      return problem(Reply.Problem.of(HttpResponseStatus.BAD_REQUEST, malformed.problem()));
    }
    RequestTarget.Path path = (RequestTarget.Path) target;
    Optional<RouteTable.Match> match = routes.find(path);
    if (match.isEmpty()) {
      return problem(
          Reply.Problem.of(HttpResponseStatus.NOT_FOUND, path.text() + ": nothing is served here"));
    }
    return match
        .get()
        .endpoint()
        .answer(new Request(head.method(), path, match.get().parameters(), head.headers()));
  }

  private static CompletionStage<Reply> problem(Reply.Problem problem) {
    return CompletableFuture.completedFuture(problem);
  }
}
