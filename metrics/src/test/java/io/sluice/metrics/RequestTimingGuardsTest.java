package io.sluice.metrics;

import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.sluice.metrics.Exchanges.full;
import static io.sluice.metrics.Exchanges.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What others throw must not break an exchange, and the real codec must be timed right. */
@SuppressWarnings("FutureReturnValueIgnored") // the wire decides how each write goes
class RequestTimingGuardsTest {
  private static final String TWO_REQUESTS =
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n";

  private final Recorder recorder = new Recorder();

  private static ByteBuf wire(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private static final RequestListener FAULTY =
      new RequestListener() {
        @Override
        public void begun(RequestTimer timer) {
          throw new IllegalStateException("begun");
        }

        @Override
        public void sent(RequestTimer timer, long bytes) {
          throw new IllegalStateException("sent");
        }

        @Override
        public void ended(RequestTimer timer) {
          throw new AssertionError("ended");
        }
      };

  @Test
  void aListenerThatThrowsKeepsNeitherTheAnswerNorOtherListenersFromTheirs() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new RequestTimingHandler(t -> "x", RequestListener.all(FAULTY, recorder)));
    channel.writeInbound(wire(TWO_REQUESTS));
    channel.writeOutbound(full(OK, 4), full(OK, 5));
    assertEquals(2, recorder.begun.size());
    assertEquals(recorder.begun, recorder.ended);
    assertEquals(9, recorder.bytes);
    channel.checkException();
    channel.finishAndReleaseAll();
  }

  @Test
  void aLoneListenerThatThrowsDoesNotKeepTheRequestFromTheApplication() {
    EmbeddedChannel channel = new EmbeddedChannel(new RequestTimingHandler(t -> "x", FAULTY));
    HttpRequest request = get("/1");
    channel.writeInbound(request);
    assertEquals(request, channel.readInbound());
    channel.finishAndReleaseAll();
  }

  @Test
  void aClassifierThatThrowsGivesTheRequestTheEmptyName() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new RequestTimingHandler(
                t -> {
                  throw new IllegalArgumentException(t.uri());
                },
                recorder));
    channel.writeInbound(get("/1"));
    assertEquals("", recorder.begun.get(0).endpoint());
    channel.finishAndReleaseAll();
  }

  @Test
  void anApplicationThatThrowsAndThenAnswers500IsOneFinishedRequest() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new RequestTimingHandler(t -> "x", recorder),
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object msg) {
                if (msg instanceof HttpRequest) {
                  throw new IllegalStateException("bug");
                }
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                var unused = ctx.writeAndFlush(full(INTERNAL_SERVER_ERROR, 0));
              }
            });
    channel.writeInbound(wire("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
    assertEquals(recorder.begun, recorder.ended);
    assertEquals(500, recorder.ended.get(0).status());
    assertNull(recorder.ended.get(0).abortReason());
    channel.finishAndReleaseAll();
  }

  @Test
  void aResponseTheCodecRefusesIsAServerError() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new HttpServerCodec(), new RequestTimingHandler(t -> "x", recorder));
    channel.writeInbound(wire("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"));
    channel.writeOutbound(Exchanges.head(OK));
    assertThrows(RuntimeException.class, () -> channel.writeOutbound(Exchanges.head(OK)));
    assertEquals(recorder.begun, recorder.ended);
    assertEquals(AbortReason.SERVER_ERROR, recorder.ended.get(0).abortReason());
    channel.finishAndReleaseAll();
  }

  @Test
  void theCodecsOwnRefusalOfAHeadIsTimed() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new HttpServerCodec(), new RequestTimingHandler(t -> "x", recorder));
    channel.writeInbound(wire("GET / HTTP/1.1\r\n: no name\r\n\r\n"));
    assertEquals(1, recorder.begun.size());
    assertEquals(true, recorder.begun.get(0).request().decoderResult().isFailure());
    channel.close();
    assertEquals(recorder.begun, recorder.ended);
    channel.finishAndReleaseAll();
  }

  @Test
  void noListenersAtAllIsFine() {
    EmbeddedChannel channel =
        new EmbeddedChannel(new RequestTimingHandler(t -> "x", RequestListener.all()));
    channel.writeInbound(get("/1"));
    assertEquals(1, channel.inboundMessages().size());
    assertEquals(List.of(), recorder.begun);
    channel.finishAndReleaseAll();
  }
}
