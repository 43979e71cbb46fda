package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_MODIFIED;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static io.sluice.metrics.Exchanges.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class RequestTimingHandlerTest {
  private final TimedChannel timed = new TimedChannel();
  private final Recorder recorder = timed.recorder;
  private final Wire wire = timed.wire;
  private final EmbeddedChannel channel = timed.channel;

  @AfterEach
  void release() {
    timed.release();
  }

  @Test
  void aRequestEndsWhenItsLastByteIsOutAndNotWhenItsResponseIsWritten() {
    RequestTimer timer = timed.begin(get("/disk.img"));
    channel.write(head(OK));
    channel.write(bytes(10));
    channel.write(new DefaultLastHttpContent(bytes(5)));

    assertEquals(200, timer.status());
    assertEquals(0, timer.bodyBytes());
    wire.succeed();
    wire.succeed();
    assertEquals(10, timer.bodyBytes());
    assertEquals(List.of(), recorder.ended);
    wire.succeed();
    assertEquals(15, timer.bodyBytes());
    timed.assertFinished(timer);
  }

  @Test
  void timesRunFromTheRequestsHeadByTheClockGiven() {
    timed.nanos.set(1_000);
    RequestTimer timer = timed.begin(get("/disk.img"));
    assertEquals(TimedChannel.START, timer.begunAt());
    assertEquals(-1, timer.firstByteNanos());
    channel.write(head(OK));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    timed.nanos.set(1_000 + Duration.ofMillis(3).toNanos());
    wire.succeed();
    timed.nanos.set(1_000 + Duration.ofHours(1).toNanos());
    wire.succeed();
    timed.nanos.set(Long.MAX_VALUE);

    assertEquals(Duration.ofMillis(3).toNanos(), timer.firstByteNanos());
    assertEquals(Duration.ofHours(1).toNanos(), timer.durationNanos());
  }

  @Test
  void aTimerKnowsItsRequestChannelAndEndpoint() {
    HttpRequest request = get("/disk.img");
    RequestTimer timer = timed.begin(request);
    assertSame(request, timer.request());
    assertSame(channel, timer.channel());
    assertEquals("image", timer.endpoint());
  }

  @Test
  void pipelinedRequestsBeginAtOnceAndAreAnsweredInOrder() {
    RequestTimer first = timed.begin(get("/1"));
    RequestTimer second = timed.begin(get("/2"));
    RequestTimer third = timed.begin(get("/3"));
    channel.write(full(OK, 1));
    channel.write(full(NOT_FOUND, 2));
    wire.succeed();
    channel.write(full(OK, 3));
    assertEquals(List.of(first), recorder.ended);
    wire.succeedAll();

    assertEquals(List.of(first, second, third), recorder.ended);
    assertEquals(List.of(200, 404, 200), recorder.ended.stream().map(t -> t.status()).toList());
    assertEquals(List.of(1L, 2L, 3L), recorder.ended.stream().map(t -> t.bodyBytes()).toList());
  }

  @Test
  void severalRequestsOneAfterTheOtherAreSeparateExchanges() {
    for (int i = 0; i < 3; i++) {
      RequestTimer timer = timed.begin(get("/" + i));
      channel.write(full(OK, i));
      wire.succeedAll();
      timed.assertFinished(timer);
      assertEquals(i, timer.bodyBytes());
    }
    assertEquals(recorder.begun, recorder.ended);
  }

  @Test
  void aFullResponseIsHeadAndEndInOne() {
    RequestTimer timer = timed.begin(get("/script"));
    channel.write(full(OK, 7));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(7, timer.bodyBytes());
    assertEquals(0, timer.firstByteNanos());
  }

  @Test
  void aRequestThatCouldNotBeDecodedIsTimedToo() {
    HttpRequest broken = get("/bad-request");
    broken.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("x")));
    RequestTimer timer = timed.begin(broken);
    channel.write(full(HttpResponseStatus.BAD_REQUEST, 0));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(400, timer.status());
  }

  @Test
  void aConnectionThatGoesAwayAbortsEveryOpenRequestOnce() {
    timed.begin(get("/1"));
    timed.begin(get("/2"));
    timed.begin(get("/3"));
    channel.write(full(OK, 9));
    channel.write(head(OK));
    channel.close();
    wire.failAll(new ClosedChannelException());

    assertEquals(recorder.begun, recorder.ended);
    for (RequestTimer timer : recorder.ended) {
      assertEquals(AbortReason.CLIENT_GONE, timer.abortReason());
      assertEquals(0, timer.bodyBytes());
    }
  }

  @Test
  void aMarkedChannelsRequestsEndForTheMarkedReasonAndTheFirstMarkWins() {
    RequestTimer timer = timed.begin(get("/1"));
    AbortReason.mark(channel, AbortReason.TIMEOUT);
    AbortReason.mark(channel, AbortReason.SHUTDOWN);
    channel.close();
    timed.assertAborted(AbortReason.TIMEOUT, timer);
  }

  @Test
  void aResetIsTheClientsDoingEvenWhileTheChannelIsStillActive() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    wire.fail(new IOException("Connection reset by peer"));
    timed.assertAborted(AbortReason.CLIENT_GONE, timer);
    channel.close();
    assertEquals(1, recorder.ended.size());
  }

  @Test
  void aMarkExplainsAFailedWriteBetterThanItsCause() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    AbortReason.mark(channel, AbortReason.SERVER_ERROR);
    wire.fail(new IOException("Underlying file size 1 smaller then requested count 2"));
    timed.assertAborted(AbortReason.SERVER_ERROR, timer);
  }

  @Test
  void aWriteThatFailsOnALiveChannelWithoutIoIsTheServersFault() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    channel.write(bytes(3));
    wire.succeed();
    wire.fail(new IllegalStateException("encoder"));
    timed.assertAborted(AbortReason.SERVER_ERROR, timer);
  }

  @Test
  void aNotModifiedAnswerFinishesLikeAnyOther() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(NOT_MODIFIED));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(304, timer.status());
  }

  @Test
  void writesAfterTheChannelIsGoneArePassedOnUncounted() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.close();
    channel.write(full(OK, 3));
    wire.failAll(new ClosedChannelException());
    timed.assertAborted(AbortReason.CLIENT_GONE, timer);
    assertEquals(0, timer.status());
    assertEquals(0, recorder.bytes);
  }

  @Test
  void removingTheHandlerAbortsWhatIsOpenAndLeavesWhatComesLaterAlone() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    channel.write(bytes(3));
    channel.pipeline().remove(timed.handler);
    timed.assertAborted(AbortReason.CLIENT_GONE, timer);
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    channel.close();
    assertEquals(1, recorder.ended.size());
    assertEquals(AbortReason.CLIENT_GONE, timer.abortReason());
    assertEquals(3, recorder.bytes, "bytes that left count, whatever became of the request");
  }

  @Test
  void aRequestEndsOnceWhenPromiseInactiveAndRemovalAllComplain() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(full(OK, 3));
    wire.succeedAll();
    channel.close();
    assertEquals(List.of(timer), recorder.ended);
    assertNull(timer.abortReason());
  }
}
