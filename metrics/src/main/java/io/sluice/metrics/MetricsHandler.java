package io.sluice.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET and HEAD of {@code /metrics} and passes every other request on. Sits behind an {@link
 * io.netty.handler.codec.http.HttpServerKeepAliveHandler} and an {@link
 * io.netty.handler.codec.http.HttpObjectAggregator}. While a scrape is rendered, nothing is read
 * from its connection, and what has been read already waits, so that answers leave in order. One
 * instance belongs to one channel.
 */
public final class MetricsHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsHandler.class);
  private static final String PATH = "/metrics";
  private static final String NAMES = "name[]";

  private final MetricsRenderer renderer;
  private final Executor executor;

  /** What came while a scrape was rendered. */
  private final Queue<Object> waiting = new ArrayDeque<>(0);

  private boolean rendering;

  /**
   * Answers with what a renderer renders.
   *
   * @param executor where it renders, which keeps a thread busy for milliseconds; a task that it
   *     refuses is answered with 503
   */
  public MetricsHandler(MetricsRenderer renderer, Executor executor) {
    this.renderer = renderer;
    this.executor = executor;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (rendering) {
      waiting.add(message);
    } else if (message instanceof FullHttpRequest request && isScrape(request)) {
      begin(ctx, request);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void begin(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean reads = ctx.channel().config().isAutoRead();
    ctx.channel().config().setAutoRead(false);
    rendering = true;
    try {
      executor.execute(
          () -> {
            FullHttpResponse response = answer(request);
            ctx.executor().execute(() -> end(ctx, request, response, reads));
          });
    } catch (RejectedExecutionException full) {
      FullHttpResponse busy =
          line(request, HttpResponseStatus.SERVICE_UNAVAILABLE, "too many scrapes");
      busy.headers().set(HttpHeaderNames.RETRY_AFTER, 1);
      end(ctx, request, busy, reads);
    }
  }

  private void end(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      FullHttpResponse response,
      boolean reads) {
    request.release();
    rendering = false;
    ctx.writeAndFlush(response);
    // Before what waits is handed on: another scrape among it finds the connection as this one did.
    ctx.channel().config().setAutoRead(reads);
    while (!rendering && !waiting.isEmpty()) {
      channelRead(ctx, waiting.remove());
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    waiting.forEach(ReferenceCountUtil::release);
    waiting.clear();
  }

  private static boolean isScrape(FullHttpRequest request) {
    boolean read =
        HttpMethod.GET.equals(request.method()) || HttpMethod.HEAD.equals(request.method());
    return read && request.uri().split("\\?", 2)[0].equals(PATH);
  }

  private FullHttpResponse answer(FullHttpRequest request) {
    List<String> names = QueryParameters.ofTarget(request.uri()).all(NAMES);
    try {
      MetricsRenderer.Exposition scrape =
          renderer.render(
              field(request, HttpHeaderNames.ACCEPT),
              field(request, HttpHeaderNames.ACCEPT_ENCODING),
              names);
      FullHttpResponse response =
          response(request, HttpResponseStatus.OK, scrape.contentType(), scrape.body());
      response.headers().set(HttpHeaderNames.VARY, "Accept, Accept-Encoding");
      if (scrape.contentEncoding() != null) {
        response.headers().set(HttpHeaderNames.CONTENT_ENCODING, scrape.contentEncoding());
      }
      return response;
    } catch (IOException | RuntimeException e) {
      LOG.warn("Rendering the metrics failed", e);
      return line(
          request, HttpResponseStatus.INTERNAL_SERVER_ERROR, "rendering the metrics failed");
    }
  }

  private static FullHttpResponse line(
      FullHttpRequest request, HttpResponseStatus status, String text) {
    byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
    return response(request, status, "text/plain; charset=utf-8", body);
  }

  /** A field that is a list and may be spread over several lines (RFC 9110 §5.3). */
  private static @Nullable String field(FullHttpRequest request, CharSequence name) {
    List<String> values = request.headers().getAll(name);
    return values.isEmpty() ? null : String.join(",", values);
  }

  private static FullHttpResponse response(
      FullHttpRequest request, HttpResponseStatus status, String type, byte[] body) {
    boolean head = HttpMethod.HEAD.equals(request.method());
    ByteBuf content = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body);
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    return response;
  }
}
