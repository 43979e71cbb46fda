package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.CONTINUE;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class RequestTimingPropertyTest {

  /** Something that can happen to a connection. */
  enum Step {
    REQUEST,
    HEAD,
    CONTENT,
    REGION,
    LAST,
    FULL,
    INFORMATIONAL_HEAD,
    INFORMATIONAL_FULL,
    VOID_LAST,
    SUCCEED,
    FAIL_IO,
    FAIL_ENCODING,
    MARK,
    CLOSE,
    REMOVE
  }

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Recorder recorder = new Recorder();
  private final Wire wire = new Wire();
  private final RequestTimingHandler handler =
      new RequestTimingHandler(
          target -> "image",
          RequestListener.all(recorder, new ServerMetrics(registry, List.of("image"))));
  private final EmbeddedChannel channel = new EmbeddedChannel(wire, handler);

  @Property(tries = 3000)
  void whateverHappensEveryRequestEndsOnceAndNoneStaysInFlight(
      @ForAll @Size(max = 60) List<Step> steps) {
    steps.forEach(this::take);
    channel.close();
    wire.failAll(new ClosedChannelException());

    assertEquals(recorder.begun.size(), recorder.ended.size());
    assertEquals(identities(recorder.begun), identities(recorder.ended));
    Scrape scrape = Scrape.of(registry);
    assertEquals(0, scrape.value("http_requests_in_flight{endpoint=\"image\"}"));
    assertEquals(
        recorder.begun.size(),
        scrape.sum("http_requests_total") + scrape.sum("http_requests_aborted_total"));
    assertEquals((double) recorder.bytes, scrape.sum("http_response_bytes_total"));
    assertEquals(recorder.bytes, recorder.begun.stream().mapToLong(RequestTimer::bodyBytes).sum());
    channel.finishAndReleaseAll();
  }

  private static Set<RequestTimer> identities(List<RequestTimer> timers) {
    Set<RequestTimer> set = Collections.newSetFromMap(new IdentityHashMap<>());
    set.addAll(timers);
    return set;
  }

  private void take(Step step) {
    switch (step) {
      case REQUEST -> {
        if (channel.isOpen()) {
          channel.writeInbound(get("/"));
        }
      }
      case HEAD -> channel.write(head(OK));
      case CONTENT -> channel.write(bytes(5));
      case REGION -> {
        TestRegion region = new TestRegion(100, 10);
        channel.write(region);
        region.advance(7);
      }
      case LAST -> channel.write(new DefaultLastHttpContent(bytes(2)));
      case FULL -> channel.write(full(OK, 3));
      case INFORMATIONAL_HEAD -> channel.write(head(CONTINUE));
      case INFORMATIONAL_FULL -> channel.write(full(CONTINUE, 0));
      case VOID_LAST -> channel.write(LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
      case MARK -> AbortReason.mark(channel, AbortReason.SHUTDOWN);
      case CLOSE -> channel.close();
      case REMOVE -> {
        if (channel.pipeline().context(handler) != null) {
          channel.pipeline().remove(handler);
        }
      }
      default -> settle(step);
    }
  }

  private void settle(Step step) {
    if (wire.size() == 0) {
      return;
    }
    switch (step) {
      case SUCCEED -> wire.succeed();
      case FAIL_IO -> wire.fail(new IOException("reset"));
      default -> wire.fail(new IllegalStateException("encoding"));
    }
    forgetFailuresOfVoidPromises();
  }

  /** A void promise tells the channel of its failure, which keeps it for whoever asks next. */
  private void forgetFailuresOfVoidPromises() {
    try {
      channel.checkException();
    } catch (Exception toldToTheChannel) {
      assertTrue(Set.of("reset", "encoding").contains(toldToTheChannel.getMessage()));
    }
  }
}
