package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.bytes;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static io.sluice.metrics.Exchanges.head;
import static io.sluice.metrics.Exchanges.request;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which bytes of an answer are counted, and when. */
@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class RequestTimingBytesTest {
  private final TimedChannel timed = new TimedChannel();
  private final Recorder recorder = timed.recorder;
  private final Wire wire = timed.wire;
  private final EmbeddedChannel channel = timed.channel;

  @AfterEach
  void release() {
    timed.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304})
  void theBodyOfAStatusThatHasNoneIsNotCounted(int status) {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(full(HttpResponseStatus.valueOf(status), 8));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(0, recorder.bytes);
    assertEquals(status, timer.status());
  }

  @Test
  void theBodyOfAnAnswerToHeadIsNotCounted() {
    RequestTimer timer = timed.begin(request(HttpMethod.HEAD, "/1"));
    channel.write(head(OK));
    channel.write(new TestRegion(100, 60));
    channel.write(new DefaultLastHttpContent(bytes(5)));
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(0, timer.bodyBytes());
    assertEquals(0, recorder.bytes);
  }

  @Test
  void writesWithVoidPromisesAreTimedLikeOthers() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK), channel.voidPromise());
    channel.write(new DefaultHttpContent(bytes(6)), channel.voidPromise());
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT, channel.voidPromise());
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(6, timer.bodyBytes());
  }

  @Test
  void aFileRegionCountsWhatItTransferred() {
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    TestRegion region = new TestRegion(100, 0);
    channel.write(region);
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeed();
    region.advance(100);
    wire.succeedAll();
    timed.assertFinished(timer);
    assertEquals(100, timer.bodyBytes());
    assertEquals(100, recorder.bytes);
  }

  @Test
  void aFileRegionCutOffCountsWhatLeftAndAbortsTheRequest() {
    RequestTimer timer = timed.begin(get("/1"));
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
    timed.assertAborted(AbortReason.CLIENT_GONE, timer);
  }

  @Test
  void aFileRegionThatWasPartlySentBeforeCountsOnlyWhatIsNew() {
    RequestTimer timer = timed.begin(get("/1"));
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
    RequestTimer timer = timed.begin(get("/1"));
    channel.write(head(OK));
    channel.write(new TestRegion(100, 0));
    channel.write(LastHttpContent.EMPTY_LAST_CONTENT);
    wire.succeedAll();
    assertEquals(100, timer.bodyBytes());
    assertEquals(100, recorder.bytes);
  }
}
