package io.sluice.metrics;

import static io.sluice.metrics.Exchanges.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A channel with the handler under test, whose writes end when a test says so. */
final class TimedChannel {
  static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  final AtomicLong nanos = new AtomicLong();
  final Recorder recorder = new Recorder();
  final Wire wire = new Wire();
  final RequestTimingHandler handler =
      new RequestTimingHandler(target -> "image", recorder, () -> START, nanos::get);
  final EmbeddedChannel channel = new EmbeddedChannel(wire, handler);

  void release() {
    wire.failAll(new ClosedChannelException());
    channel.finishAndReleaseAll();
  }

  RequestTimer begin(HttpRequest request) {
    channel.writeInbound(request, LastHttpContent.EMPTY_LAST_CONTENT);
    return recorder.begun.get(recorder.begun.size() - 1);
  }

  void assertFinished(RequestTimer timer) {
    assertTrue(recorder.ended.contains(timer), "not ended");
    assertNull(timer.abortReason());
  }

  void assertAborted(AbortReason reason, RequestTimer timer) {
    assertEquals(List.of(timer), recorder.ended);
    assertEquals(reason, timer.abortReason());
  }
}
