package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.CONTINUE;
import static io.netty.handler.codec.http.HttpResponseStatus.EARLY_HINTS;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.NO_CONTENT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.REQUEST_TIMEOUT;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Responses that are not the answer to the request that waits for one. */
@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class UnrelatedResponsesTest {
  private final TimedChannel timed = new TimedChannel();
  private final Recorder recorder = timed.recorder;
  private final Wire wire = timed.wire;
  private final EmbeddedChannel channel = timed.channel;

  @AfterEach
  void release() {
    timed.release();
  }

  @Test
  void whatReplacesAFailedResponseIsNotTheAnswerToTheNextRequest() {
    RequestTimer first = timed.begin(get("/1"));
    RequestTimer second = timed.begin(get("/2"));
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
    timed.begin(get("/1"));
    RequestTimer second = timed.begin(get("/2"));
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

  @Test
  void fullInformationalResponsesNeitherHeadNorEndAnExchange() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(full(CONTINUE, 0));
    channel.write(full(EARLY_HINTS, 0));
    wire.succeedAll();
    assertEquals(0, timer.status());
    assertEquals(-1, timer.firstByteNanos());
    assertEquals(List.of(), recorder.ended);
    channel.write(full(OK, 4));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(200, timer.status());
  }

  @Test
  void splitInformationalResponsesNeitherHeadNorEndAnExchange() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(CONTINUE));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertEquals(0, timer.status());
    assertEquals(List.of(), recorder.ended);
    channel.write(head(NO_CONTENT));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(204, timer.status());
  }

  @Test
  void anInformationalResponseWithoutItsEndDoesNotSwallowTheFinalOne() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(CONTINUE));
    channel.write(full(OK, 3));
    wire.succeedAll();
    timed.assertFinished(timer);
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
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(new DefaultLastHttpContent(bytes(2)));
    wire.succeedAll();
    assertEquals(List.of(), recorder.ended);
    channel.write(full(OK, 1));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(1, recorder.bytes);
  }
}
