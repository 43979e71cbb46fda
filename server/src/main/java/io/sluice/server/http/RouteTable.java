package io.sluice.server.http;

import io.netty.handler.codec.http.HttpRequest;
import io.sluice.server.http.arrival.Arrival;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The routes of a port in the order in which they are tried. Each route declares its endpoint
 * class, so that what a request is counted as and what answers it cannot drift apart, and from how
 * many bytes on its answers have to be admitted. Looks at the path alone.
 */
public final class RouteTable {
  private record Route(
      EndpointClass endpointClass, RoutePattern pattern, Endpoint endpoint, long streamBytes) {}

  /**
   * The route that takes a request.
   *
   * @param endpointClass what it is counted as
   * @param endpoint what answers it
   * @param streamBytes a body of at least so many bytes has to be admitted
   * @param parameters what the pattern found in the path
   */
  public record Match(
      EndpointClass endpointClass,
      Endpoint endpoint,
      long streamBytes,
      Map<String, String> parameters) {}

  /**
   * What a request target leads to.
   *
   * @param match empty for what is malformed or has no route
   */
  public record Found(RequestTarget target, Optional<Match> match) {
    /** What a request for it is counted as. */
    public EndpointClass endpointClass() {
      return match.map(Match::endpointClass).orElse(EndpointClass.OTHER);
    }
  }

  private final List<Route> routes;

  private RouteTable(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  /**
   * A table without routes, to be filled.
   *
   * @param kinds of segments that patterns may name beside those every {@link RoutePattern} has
   */
  public static Builder builder(Map<String, RoutePattern.Kind> kinds) {
    return new Builder(kinds);
  }

  /** Where a request target leads to, as it stood in the request line, hostile ones included. */
  public Found find(String target) {
    RequestTarget parsed = RequestTarget.parse(target);
    return new Found(
        parsed, parsed instanceof RequestTarget.Path path ? match(path) : Optional.empty());
  }

  /** The first route whose pattern fits, if any. */
  private Optional<Match> match(RequestTarget.Path path) {
    for (Route route : routes) {
      Optional<Map<String, String>> parameters = route.pattern().match(path.segments());
      if (parameters.isPresent()) {
        return Optional.of(
            new Match(
                route.endpointClass(), route.endpoint(), route.streamBytes(), parameters.get()));
      }
    }
    return Optional.empty();
  }

  /** A request together with how it came and where it leads. */
  RoutedRequest route(HttpRequest head, Arrival arrival) {
    return new RoutedRequest(head, arrival, find(head.uri()));
  }

  /** Collects routes. */
  public static final class Builder {
    private final Map<String, RoutePattern.Kind> kinds;
    private final List<Route> routes = new ArrayList<>();

    private Builder(Map<String, RoutePattern.Kind> kinds) {
      this.kinds = kinds;
    }

    /**
     * Adds a route after the others.
     *
     * @param pattern see {@link RoutePattern}
     */
    public Builder route(EndpointClass endpointClass, String pattern, Endpoint endpoint) {
      return stream(endpointClass, pattern, Long.MAX_VALUE, endpoint);
    }

    /**
     * Adds a route whose large answers have to be admitted.
     *
     * @param pattern see {@link RoutePattern}
     * @param fromBytes the length of the shortest of them
     */
    public Builder stream(
        EndpointClass endpointClass, String pattern, long fromBytes, Endpoint endpoint) {
      routes.add(new Route(endpointClass, new RoutePattern(pattern, kinds), endpoint, fromBytes));
      return this;
    }

    /** The table. */
    public RouteTable build() {
      return new RouteTable(routes);
    }
  }
}
