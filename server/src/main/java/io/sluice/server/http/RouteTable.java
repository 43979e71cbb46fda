package io.sluice.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The routes of the image port in the order in which they are tried. Each route declares its
 * endpoint class, so that what a request is counted as and what answers it cannot drift apart.
 * Looks at the path alone.
 */
public final class RouteTable {
  private record Route(EndpointClass endpointClass, RoutePattern pattern, Endpoint endpoint) {}

  /**
   * The route that takes a request.
   *
   * @param endpointClass what it is counted as
   * @param endpoint what answers it
   * @param parameters what the pattern found in the path
   */
  public record Match(
      EndpointClass endpointClass, Endpoint endpoint, Map<String, String> parameters) {}

  /**
   * What a request target leads to.
   *
   * @param match empty for what is malformed or has no route
   */
  record Found(RequestTarget target, Optional<Match> match) {
    EndpointClass endpointClass() {
      return match.map(Match::endpointClass).orElse(EndpointClass.OTHER);
    }
  }

  private final List<Route> routes;

  private RouteTable(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  /** A table without routes, to be filled. */
  public static Builder builder() {
    return new Builder();
  }

  /** The first route whose pattern fits, if any. */
  public Optional<Match> find(RequestTarget.Path path) {
    for (Route route : routes) {
      Optional<Map<String, String>> parameters = route.pattern().match(path.segments());
      if (parameters.isPresent()) {
        return Optional.of(new Match(route.endpointClass(), route.endpoint(), parameters.get()));
      }
    }
    return Optional.empty();
  }

  /** Where a request target leads to, as it stood in the request line, hostile ones included. */
  Found find(String target) {
    RequestTarget parsed = RequestTarget.parse(target);
    return new Found(
        parsed, parsed instanceof RequestTarget.Path path ? find(path) : Optional.empty());
  }

  /** The endpoint class of a request target. */
  public EndpointClass classify(String target) {
    return find(target).endpointClass();
  }

  /** Collects routes. */
  public static final class Builder {
    private final List<Route> routes = new ArrayList<>();

    private Builder() {}

    /**
     * Adds a route after the others.
     *
     * @param pattern see {@link RoutePattern}
     */
    public Builder route(EndpointClass endpointClass, String pattern, Endpoint endpoint) {
      routes.add(new Route(endpointClass, new RoutePattern(pattern), endpoint));
      return this;
    }

    /** The table. */
    public RouteTable build() {
      return new RouteTable(routes);
    }
  }
}
