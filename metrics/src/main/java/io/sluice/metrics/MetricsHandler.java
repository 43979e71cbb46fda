package io.sluice.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET and HEAD of {@code /metrics} and passes every other request on. Sits behind an {@link
 * io.netty.handler.codec.http.HttpServerKeepAliveHandler} and an {@link
 * io.netty.handler.codec.http.HttpObjectAggregator}. It renders on the thread that it is called on,
 * so it is to be added with an {@link io.netty.util.concurrent.EventExecutorGroup} of its own. One
 * instance serves all channels.
 */
@Sharable
public final class MetricsHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsHandler.class);
  private static final String PATH = "/metrics";
  private static final String NAMES = "name[]";

  private final MetricsRenderer renderer;

  /** Answers with what a renderer renders. */
  public MetricsHandler(MetricsRenderer renderer) {
    this.renderer = renderer;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof FullHttpRequest request) || !isScrape(request)) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      ctx.writeAndFlush(answer(request));
    } finally {
      request.release();
    }
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
      return response(
          request,
          HttpResponseStatus.INTERNAL_SERVER_ERROR,
          "text/plain; charset=utf-8",
          "rendering the metrics failed\n".getBytes(StandardCharsets.UTF_8));
    }
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
