package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.CONTINUE;
import static io.netty.handler.codec.http.HttpResponseStatus.EARLY_HINTS;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_MODIFIED;
import static io.netty.handler.codec.http.HttpResponseStatus.NO_CONTENT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.REQUEST_TIMEOUT;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static io.sluice.metrics.Exchanges.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class RequestTimingHandlerTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final AtomicLong nanos = new AtomicLong();
  private final Recorder recorder = new Recorder();
  private final Wire wire = new Wire();
  private final RequestTimingHandler handler =
      new RequestTimingHandler(target -> "image", recorder, () -> START, nanos::get);
  private final EmbeddedChannel channel = new EmbeddedChannel(wire, handler);

  @AfterEach
  void release() {
    wire.failAll(new ClosedChannelException());
    channel.finishAndReleaseAll();
  }

  private RequestTimer begin(HttpRequest request) {
    channel.writeInbound(request, LastHttpContent.EMPTY_LAST_CONTENT);
    return recorder.begun.get(recorder.begun.size() - 1);
  }

  private void assertFinished(RequestTimer timer) {
    assertTrue(recorder.ended.contains(timer), "not ended");
    assertNull(timer.abortReason());
  }

  private void assertAborted(AbortReason reason, RequestTimer timer) {
    assertEquals(List.of(timer), recorder.ended);
    assertEquals(reason, timer.abortReason());
  }

  @Test
  void aRequestEndsWhenItsLastByteIsOutAndNotWhenItsResponseIsWritten() {
    RequestTimer timer = begin(get("/disk.img"));
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
    assertFinished(timer);
  }

  @Test
  void timesRunFromTheRequestsHeadByTheClockGiven() {
    nanos.set(1_000);
    RequestTimer timer = begin(get("/disk.img"));
    assertEquals(START, timer.begunAt());
    assertEquals(-1, timer.firstByteNanos());
    channel.write(head(OK));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    nanos.set(1_000 + Duration.ofMillis(3).toNanos());
    wire.succeed();
    nanos.set(1_000 + Duration.ofHours(1).toNanos());
    wire.succeed();
    nanos.set(Long.MAX_VALUE);

    assertEquals(Duration.ofMillis(3).toNanos(), timer.firstByteNanos());
    assertEquals(Duration.ofHours(1).toNanos(), timer.durationNanos());
  }

  @Test
  void aTimerKnowsItsRequestChannelAndEndpoint() {
    HttpRequest request = get("/disk.img");
    RequestTimer timer = begin(request);
    assertSame(request, timer.request());
    assertSame(channel, timer.channel());
    assertEquals("image", timer.endpoint());
  }

  @Test
  void pipelinedRequestsBeginAtOnceAndAreAnsweredInOrder() {
    RequestTimer first = begin(get("/1"));
    RequestTimer second = begin(get("/2"));
    RequestTimer third = begin(get("/3"));
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
      RequestTimer timer = begin(get("/" + i));
      channel.write(full(OK, i));
      wire.succeedAll();
      assertFinished(timer);
      assertEquals(i, timer.bodyBytes());
    }
    assertEquals(recorder.begun, recorder.ended);
  }

  @Test
  void aFullResponseIsHeadAndEndInOne() {
    RequestTimer timer = begin(get("/script"));
    channel.write(full(OK, 7));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(7, timer.bodyBytes());
    assertEquals(0, timer.firstByteNanos());
  }

  @Test
  void aRequestThatCouldNotBeDecodedIsTimedToo() {
    HttpRequest broken = get("/bad-request");
    broken.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("x")));
    RequestTimer timer = begin(broken);
    channel.write(full(HttpResponseStatus.BAD_REQUEST, 0));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(400, timer.status());
  }

  @Test
  void aConnectionThatGoesAwayAbortsEveryOpenRequestOnce() {
    begin(get("/1"));
    begin(get("/2"));
    begin(get("/3"));
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
    RequestTimer timer = begin(get("/1"));
    AbortReason.mark(channel, AbortReason.TIMEOUT);
    AbortReason.mark(channel, AbortReason.SHUTDOWN);
    channel.close();
    assertAborted(AbortReason.TIMEOUT, timer);
  }

  @Test
  void aResetIsTheClientsDoingEvenWhileTheChannelIsStillActive() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    wire.fail(new IOException("Connection reset by peer"));
    assertAborted(AbortReason.CLIENT_GONE, timer);
    channel.close();
    assertEquals(1, recorder.ended.size());
  }

  @Test
  void aMarkExplainsAFailedWriteBetterThanItsCause() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    AbortReason.mark(channel, AbortReason.SERVER_ERROR);
    wire.fail(new IOException("Underlying file size 1 smaller then requested count 2"));
    assertAborted(AbortReason.SERVER_ERROR, timer);
  }

  @Test
  void aWriteThatFailsOnALiveChannelWithoutIoIsTheServersFault() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    channel.write(bytes(3));
    wire.succeed();
    wire.fail(new IllegalStateException("encoder"));
    assertAborted(AbortReason.SERVER_ERROR, timer);
  }

  @Test
  void whatReplacesAFailedResponseIsNotTheAnswerToTheNextRequest() {
    RequestTimer first = begin(get("/1"));
    RequestTimer second = begin(get("/2"));
    channel.write(head(OK));
    wire.fail(new IllegalStateException("encoder"));
    channel.write(full(INTERNAL_SERVER_ERROR, 5));
    channel.write(full(OK, 2));
    wire.succeedAll();

    assertEquals(List.of(first, second), recorder.ended);
    assertEquals(AbortReason.SERVER_ERROR, first.abortReason());
    assertNull(second.abortReason());
    assertEquals(200, second.status());
    assertEquals(2, recorder.bytes);
  }

  @Test
  void theRestOfAFailedResponseIsNotTheAnswerToTheNextRequest() {
    begin(get("/1"));
    RequestTimer second = begin(get("/2"));
    channel.write(head(OK));
    channel.write(bytes(4));
    wire.succeed();
    wire.fail(new IllegalStateException("encoder"));
    channel.write(bytes(4));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertEquals(0, second.status());
    assertFalse(recorder.ended.contains(second));
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304})
  void theBodyOfAStatusThatHasNoneIsNotCounted(int status) {
    RequestTimer timer = begin(get("/1"));
    channel.write(full(HttpResponseStatus.valueOf(status), 8));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(0, recorder.bytes);
    assertEquals(status, timer.status());
  }

  @Test
  void theBodyOfAnAnswerToHeadIsNotCounted() {
    RequestTimer timer = begin(request(HttpMethod.HEAD, "/1"));
    channel.write(head(OK));
    channel.write(new TestRegion(100, 60));
    channel.write(new DefaultLastHttpContent(bytes(5)));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(0, timer.bodyBytes());
    assertEquals(0, recorder.bytes);
  }

  @Test
  void aNotModifiedAnswerFinishesLikeAnyOther() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(NOT_MODIFIED));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(304, timer.status());
  }

  @Test
  void fullInformationalResponsesNeitherHeadNorEndAnExchange() {
    RequestTimer timer = begin(get("/1"));
    channel.write(full(CONTINUE, 0));
    channel.write(full(EARLY_HINTS, 0));
    wire.succeedAll();
    assertEquals(0, timer.status());
    assertEquals(-1, timer.firstByteNanos());
    assertEquals(List.of(), recorder.ended);
    channel.write(full(OK, 4));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(200, timer.status());
  }

  @Test
  void splitInformationalResponsesNeitherHeadNorEndAnExchange() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(CONTINUE));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertEquals(0, timer.status());
    assertEquals(List.of(), recorder.ended);
    channel.write(head(NO_CONTENT));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(204, timer.status());
  }

  @Test
  void anInformationalResponseWithoutItsEndDoesNotSwallowTheFinalOne() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(CONTINUE));
    channel.write(full(OK, 3));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(3, timer.bodyBytes());
  }

  @Test
  void responsesThatNobodyAskedForPassUncounted() {
    channel.write(full(REQUEST_TIMEOUT, 11));
    assertEquals(1, wire.size());
    wire.succeedAll();
    assertEquals(0, recorder.bytes);
    assertEquals(List.of(), recorder.ended);
  }

  @Test
  void theEndOfAResponseThatNobodyAskedForDoesNotEndTheNextRequest() {
    channel.write(head(REQUEST_TIMEOUT));
    RequestTimer timer = begin(get("/1"));
    channel.write(new DefaultLastHttpContent(bytes(2)));
    wire.succeedAll();
    assertEquals(List.of(), recorder.ended);
    channel.write(full(OK, 1));
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(1, recorder.bytes);
  }

  @Test
  void writesWithVoidPromisesAreTimedLikeOthers() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK), channel.voidPromise());
    channel.write(new DefaultHttpContent(bytes(6)), channel.voidPromise());
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(6, timer.bodyBytes());
  }

  @Test
  void aFileRegionCountsWhatItTransferred() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    TestRegion region = new TestRegion(100, 0);
    channel.write(region);
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeed();
    region.advance(100);
    wire.succeedAll();
    assertFinished(timer);
    assertEquals(100, timer.bodyBytes());
    assertEquals(100, recorder.bytes);
  }

  @Test
  void aFileRegionCutOffCountsWhatLeftAndAbortsTheRequest() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    TestRegion region = new TestRegion(100, 0);
    channel.write(region);
    channel.write(new TestRegion(100, 0));
    wire.succeed();
    region.advance(42);
    wire.failAll(new ClosedChannelException());
    assertEquals(0, region.refCnt());
    assertEquals(42, timer.bodyBytes());
    assertEquals(42, recorder.bytes);
    assertAborted(AbortReason.CLIENT_GONE, timer);
  }

  @Test
  void aFileRegionThatWasPartlySentBeforeCountsOnlyWhatIsNew() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    TestRegion region = new TestRegion(100, 30);
    channel.write(region);
    wire.succeed();
    region.advance(70);
    wire.succeedAll();
    assertEquals(70, timer.bodyBytes());
  }

  @Test
  void aFileRegionThatIsNotToldOfItsProgressCountsWhenAllOfItLeft() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    channel.write(new TestRegion(100, 0));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertEquals(100, timer.bodyBytes());
    assertEquals(100, recorder.bytes);
  }

  @Test
  void writesAfterTheChannelIsGoneArePassedOnUncounted() {
    RequestTimer timer = begin(get("/1"));
    channel.close();
    channel.write(full(OK, 3));
    wire.failAll(new ClosedChannelException());
    assertAborted(AbortReason.CLIENT_GONE, timer);
    assertEquals(0, timer.status());
    assertEquals(0, recorder.bytes);
  }

  @Test
  void removingTheHandlerAbortsWhatIsOpenAndLeavesWhatComesLaterAlone() {
    RequestTimer timer = begin(get("/1"));
    channel.write(head(OK));
    channel.write(bytes(3));
    channel.pipeline().remove(handler);
    assertAborted(AbortReason.CLIENT_GONE, timer);
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    channel.close();
    assertEquals(1, recorder.ended.size());
    assertEquals(AbortReason.CLIENT_GONE, timer.abortReason());
    assertEquals(3, recorder.bytes, "bytes that left count, whatever became of the request");
  }

  @Test
  void aRequestEndsOnceWhenPromiseInactiveAndRemovalAllComplain() {
    RequestTimer timer = begin(get("/1"));
    channel.write(full(OK, 3));
    wire.succeedAll();
    channel.close();
    assertEquals(List.of(timer), recorder.ended);
    assertNull(timer.abortReason());
  }
}
