package io.sluice.server.status;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RequestTimer;
import io.sluice.metrics.RequestTimingHandler;
import java.util.ArrayList;
import java.util.List;

/** Exchanges that are over, as a connection's timing handler tells of them. */
final class Exchanges {
  private Exchanges() {}

  /** A GET that was answered with 200 and five bytes. */
  static RequestTimer finished(String target, String... fields) {
    return exchange(true, target, fields);
  }

  /** A GET whose client went away before there was an answer. */
  static RequestTimer aborted(String target) {
    return exchange(false, target);
  }

  private static RequestTimer exchange(boolean answered, String target, String... fields) {
    List<RequestTimer> ended = new ArrayList<>();
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new RequestTimingHandler(
                path -> "image",
                new RequestListener() {
                  @Override
                  public void begun(RequestTimer timer) {}

                  @Override
                  public void sent(RequestTimer timer, long bytes) {}

                  @Override
                  public void ended(RequestTimer timer) {
                    ended.add(timer);
                  }
                }));
    HttpRequest request =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/") {
          /** Unchecked: the log must not count on what the codec refuses. */
          @Override
          public String uri() {
            return target;
          }
        };
    for (int i = 0; i < fields.length; i += 2) {
      request.headers().add(fields[i], fields[i + 1]);
    }
    channel.writeInbound(request);
    if (answered) {
      channel.writeOutbound(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.OK,
              Unpooled.copiedBuffer(new byte[] {1, 2, 3, 4, 5})));
    }
    channel.finishAndReleaseAll();
    return ended.get(0);
  }
}
