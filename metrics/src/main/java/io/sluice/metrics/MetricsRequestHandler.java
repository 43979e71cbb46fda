package io.sluice.metrics;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.sluice.metrics.MetricsRenderer.Exposition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection of the metrics port. Last in the pipeline, behind a flow
 * control handler: it asks for the next message only when the answer before is out, so answers come
 * in order and a client that pipelines cannot pile up work.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nothing is left to do when a connection is closed
final class MetricsRequestHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsRequestHandler.class);

  /** Says which metrics are wanted, as Prometheus and its exporters have it. */
  private static final String NAMES = "name[]";

  /** Seconds; the rendering thread gets through its whole queue in less. */
  private static final int RETRY_WHEN_BUSY = 1;

  /** Seconds; enough for a client in the same network to read its answer. */
  private static final int DRAIN_SECONDS = 2;

  private static final int RETRY_WHEN_NOT_READY = 5;

  /** Seconds; metrics that are off stay off until somebody restarts the server. */
  private static final int RETRY_WHEN_OFF = 60;

  private final MetricsPages pages;
  private final Executor renderExecutor;

  /** Whether a request was read whose answer is not out. */
  private boolean answering;

  /** Whether the client will send nothing any more; it still gets its answers. */
  private boolean inputEnded;

  /** Whether nothing is done any more but to wait for the client to close. */
  private boolean draining;

  /** Whether a message was asked for that has not come, so that there are never two. */
  private boolean reading;

  /**
   * One request, and how its answer goes out.
   *
   * @param ctx where it came from
   * @param request its head
   * @param after what becomes of the connection afterwards
   */
  private record Exchange(ChannelHandlerContext ctx, HttpRequest request, After after) {}

  /** What becomes of a connection when an answer is out. */
  private enum After {
    READ_ON,
    CLOSE,
    /**
     * The client may still be sending. Closing at once would reset the connection and could take
     * the answer with it (RFC 9112 section 9.6), so what comes is thrown away for a moment.
     */
    DRAIN
  }

  MetricsRequestHandler(MetricsPages pages, Executor renderExecutor) {
    this.pages = pages;
    this.renderExecutor = renderExecutor;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.fireChannelActive();
    readOn(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    reading = false;
    try {
      if (msg instanceof HttpRequest request && !answering) {
        answering = true;
        answer(ctx, request);
      }
    } finally {
      ReferenceCountUtil.release(msg);
    }
    // After the end of the request before: no body is ever waited for.
    readOn(ctx);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // Flow control forgets what was asked for when a read brings only a piece of a head.
    reading = false;
    ctx.fireChannelReadComplete();
    readOn(ctx);
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (!answering && !reading) {
      reading = true;
      ctx.read();
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest request) {
    Answer malformed = RequestCheck.malformed(request);
    After after = HttpUtil.isKeepAlive(request) ? After.READ_ON : After.CLOSE;
    // The body of a request is not read, so nothing can follow one.
    boolean unread = malformed != null || RequestCheck.hasBody(request);
    Exchange exchange = new Exchange(ctx, request, unread ? After.DRAIN : after);
    Answer refusal = malformed == null ? RequestCheck.wrongMethod(request) : malformed;
    if (refusal != null) {
      write(exchange, refusal);
      return;
    }
    String target = RequestCheck.originForm(request.uri());
    QueryParameters query = QueryParameters.ofTarget(target);
    List<String> names = query.all(NAMES);
    if (names.isEmpty() && query.isMalformed(NAMES)) {
      write(exchange, Answer.line(HttpResponseStatus.BAD_REQUEST, "bad " + NAMES));
      return;
    }
    String path;
    try {
      // Repeated slashes count as one, as firmware that asks for //readyz expects.
      path = new QueryStringDecoder(target).path().replaceAll("/{2,}", "/");
    } catch (IllegalArgumentException e) {
      LOG.debug("Bad request target", e);
      write(exchange, Answer.line(HttpResponseStatus.BAD_REQUEST, "bad request target"));
      return;
    }
    route(exchange, path, names);
  }

  private void route(Exchange exchange, String path, List<String> names) {
    switch (path) {
      case "/metrics" -> scrape(exchange, names);
      case "/healthz" -> write(exchange, Answer.line(HttpResponseStatus.OK, "ok"));
      case "/readyz" -> write(exchange, readiness());
      case "/" -> {
        byte[] page = pages.statusPage();
        if (page != null && ContentNegotiation.wantsPage(Preferences.parse(accept(exchange)))) {
          write(exchange, Answer.page(page));
        } else {
          scrape(exchange, names);
        }
      }
      default -> write(exchange, Answer.line(HttpResponseStatus.NOT_FOUND, "not found"));
    }
  }

  private Answer readiness() {
    String obstacle = pages.obstacle().get();
    return obstacle.isEmpty()
        ? Answer.line(HttpResponseStatus.OK, "ready")
        : Answer.unavailable(obstacle, RETRY_WHEN_NOT_READY);
  }

  private void scrape(Exchange exchange, List<String> names) {
    MetricsRenderer renderer = pages.renderer();
    if (renderer == null) {
      write(exchange, Answer.unavailable("metrics are off", RETRY_WHEN_OFF));
      return;
    }
    String accept = accept(exchange);
    String encoding = list(exchange, HttpHeaderNames.ACCEPT_ENCODING);
    try {
      renderExecutor.execute(
          () -> {
            if (exchange.ctx().channel().isActive()) {
              write(exchange, rendered(renderer, accept, encoding, names));
            }
          });
    } catch (RejectedExecutionException e) {
      write(exchange, Answer.unavailable("too many scrapes", RETRY_WHEN_BUSY));
    }
  }

  private static Answer rendered(
      MetricsRenderer renderer,
      @Nullable String accept,
      @Nullable String encoding,
      List<String> names) {
    try {
      Exposition scrape = renderer.render(accept, encoding, names);
      return Answer.scrape(scrape);
    } catch (IOException | RuntimeException e) {
      LOG.warn("Rendering the metrics failed", e);
      return Answer.line(HttpResponseStatus.INTERNAL_SERVER_ERROR, "rendering the metrics failed");
    }
  }

  private static @Nullable String accept(Exchange exchange) {
    return list(exchange, HttpHeaderNames.ACCEPT);
  }

  /** A header that is a list and may be spread over several lines (RFC 9110 section 5.3). */
  private static @Nullable String list(Exchange exchange, AsciiString name) {
    List<String> values = exchange.request().headers().getAll(name);
    return values.isEmpty() ? null : String.join(",", values);
  }

  /** Writes an answer and then reads on; may be called from any thread. */
  private void write(Exchange exchange, Answer answer) {
    ChannelHandlerContext ctx = exchange.ctx();
    boolean keepAlive = exchange.after() == After.READ_ON;
    ctx.writeAndFlush(answer.toResponse(exchange.request(), keepAlive))
        .addListener(
            written -> {
              if (!written.isSuccess() || exchange.after() == After.CLOSE) {
                ctx.close();
              } else if (exchange.after() == After.DRAIN) {
                drain(ctx);
              } else {
                answering = false;
                readOn(ctx);
                if (inputEnded && !answering) {
                  ctx.close();
                }
              }
            });
  }

  private void drain(ChannelHandlerContext ctx) {
    if (ctx.channel() instanceof DuplexChannel duplex && !inputEnded) {
      draining = true;
      duplex.shutdownOutput();
      duplex.config().setAutoRead(true);
      ctx.executor().schedule(() -> ctx.close(), DRAIN_SECONDS, TimeUnit.SECONDS);
    } else {
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof IdleStateEvent) {
      ctx.close();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
      if (!answering || draining) {
        ctx.close();
      }
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.warn("A connection of the metrics port failed", cause);
    }
    ctx.close();
  }
}
