package io.sluice.server.status;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.metrics.MetricsRenderer;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the server says about itself, on either port. */
public final class InfraEndpoints {
  /** Says which metrics are wanted. */
  private static final String NAMES = "name[]";

  private final @Nullable MetricsRenderer renderer;
  private final boolean route;
  private final Supplier<String> obstacle;
  private final Executor renderPool;

  /** Renderings that have not begun. */
  private final Map<Scrape, CompletableFuture<Reply>> due = new ConcurrentHashMap<>();

  /**
   * Answers about one server.
   *
   * @param renderer null when nothing is recorded
   * @param route whether metrics are shown on this port
   * @param obstacle why new requests are not welcome, empty when they are
   * @param renderPool where metrics are rendered, off the loops
   */
  public InfraEndpoints(
      @Nullable MetricsRenderer renderer,
      boolean route,
      Supplier<String> obstacle,
      Executor renderPool) {
    this.renderer = renderer;
    this.route = route;
    this.obstacle = obstacle;
    this.renderPool = renderPool;
  }

  public Endpoint alive() {
    return Endpoint.of(request -> Reply.Page.line("ok"));
  }

  public Endpoint ready() {
    return Endpoint.of(
        request -> {
          String found = obstacle.get();
          return found.isEmpty() ? Reply.Page.line("ready") : unavailable(found);
        });
  }

  public Endpoint page() {
    return Endpoint.of(
        request ->
            route && renderer != null
                ? Reply.Page.ok(StatusPage.CONTENT_TYPE, StatusPage.html())
                : Reply.Page.line("sluice: the status page needs metrics and metrics-route"));
  }

  /** The page for a browser, which names HTML in its {@code Accept}, and the metrics for others. */
  public Endpoint pageOrMetrics() {
    Endpoint metrics = metrics();
    Reply page =
        new Reply.Page(
            HttpResponseStatus.OK,
            StatusPage.CONTENT_TYPE,
            StatusPage.html(),
            Map.of(ResponseFields.CACHE_CONTROL, "no-store", ResponseFields.VARY, "Accept"));
    return request -> {
      String accept = joined(request, HttpHeaderNames.ACCEPT);
      return accept != null && accept.contains("text/html")
          ? CompletableFuture.completedFuture(page)
          : metrics.answer(request);
    };
  }

  public Endpoint icon() {
    return Endpoint.of(request -> Reply.Page.ok(StatusPage.ICON_TYPE, StatusPage.icon()));
  }

  public Endpoint metrics() {
    if (!route) {
      return Endpoint.of(
          request ->
              Reply.Problem.of(
                  HttpResponseStatus.NOT_FOUND,
                  "/metrics: not on this port (metrics-route is off)"));
    }
    MetricsRenderer source = renderer;
    if (source == null) {
      return Endpoint.of(request -> unavailable("metrics are off"));
    }
    return request -> rendered(source, request);
  }

  /**
   * What a scrape asks for. Those that ask for the same share a rendering that has not begun, so
   * that a flood of them costs one at a time and leaves places for others.
   */
  private record Scrape(
      @Nullable String accept, @Nullable String acceptEncoding, List<String> names) {}

  private CompletionStage<Reply> rendered(MetricsRenderer source, Request request) {
    QueryParameters query = request.query();
    List<String> names = query.all(NAMES);
    if (names.isEmpty() && query.isMalformed(NAMES)) {
      return CompletableFuture.completedFuture(
          Reply.Problem.of(
              HttpResponseStatus.BAD_REQUEST,
              NAMES + " (expected: percent signs followed by two hex digits)"));
    }
    Scrape scrape =
        new Scrape(
            joined(request, HttpHeaderNames.ACCEPT),
            joined(request, HttpHeaderNames.ACCEPT_ENCODING),
            names);
    CompletableFuture<Reply> begun = new CompletableFuture<>();
    CompletableFuture<Reply> waiting = due.putIfAbsent(scrape, begun);
    if (waiting != null) {
      return waiting;
    }
    try {
      renderPool.execute(
          () -> {
            due.remove(scrape, begun);
            begun.completeAsync(() -> render(source, scrape), Runnable::run);
          });
    } catch (RejectedExecutionException full) {
      due.remove(scrape, begun);
      begun.complete(unavailable("too many scrapes at once"));
    }
    return begun;
  }

  private static Reply render(MetricsRenderer source, Scrape scrape) {
    try {
      MetricsRenderer.Exposition exposition =
          source.render(scrape.accept(), scrape.acceptEncoding(), scrape.names());
      Map<CharSequence, String> headers = new HashMap<>();
      headers.put(ResponseFields.CACHE_CONTROL, "no-store");
      headers.put(ResponseFields.VARY, "Accept, Accept-Encoding");
      String encoding = exposition.contentEncoding();
      if (encoding != null) {
        headers.put(ResponseFields.CONTENT_ENCODING, encoding);
      }
      return new Reply.Page(
          HttpResponseStatus.OK, exposition.contentType(), exposition.body(), headers);
    } catch (IOException e) {
      throw new UncheckedIOException("rendering to memory", e);
    }
  }

  /** A field that is given several times is one list (RFC 9110 §5.3). */
  private static @Nullable String joined(Request request, CharSequence name) {
    List<String> fields = request.headers().getAll(name);
    return fields.isEmpty() ? null : String.join(", ", fields);
  }

  private static Reply unavailable(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
  }
}
