package io.sluice.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.timeout.IdleStateEvent;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class MetricsRequestHandlerTest {
  private static final MetricsPages PAGES =
      new MetricsPages(
          new MetricsRenderer(new PrometheusRegistry(), new MetricsRenderer.Format("", true, true)),
          () -> true,
          null);

  private static HttpRequest get(String target) {
    HttpRequest request = Exchanges.get(target);
    request.headers().set(HttpHeaderNames.HOST, "h");
    return request;
  }

  @Test
  void anIdleConnectionIsClosed() {
    EmbeddedChannel channel = new EmbeddedChannel(new MetricsRequestHandler(PAGES, Runnable::run));
    assertTrue(channel.isOpen());
    channel.pipeline().fireUserEventTriggered(IdleStateEvent.ALL_IDLE_STATE_EVENT);
    assertFalse(channel.isOpen());
  }

  @Test
  void aRenderingThreadWithoutRoomIsA503WithRetryAfter() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new MetricsRequestHandler(
                PAGES,
                task -> {
                  throw new RejectedExecutionException();
                }));
    channel.writeInbound(get("/metrics"));
    FullHttpResponse response = channel.readOutbound();
    assertEquals(503, response.status().code());
    assertTrue(response.headers().getInt(HttpHeaderNames.RETRY_AFTER) > 0);
    assertTrue(channel.isOpen());
    response.release();
    channel.finishAndReleaseAll();
  }
}
