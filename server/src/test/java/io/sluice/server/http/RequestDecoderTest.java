package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.server.http.connection.ConnectionMemory;
import io.sluice.server.http.connection.PipelinedTurns;
import io.sluice.server.keyed.ByteBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestDecoderTest {
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final int FINE = 0;
  private static final int INCOMPLETE = -1;

  /**
   * What came out for one request; the outcome is FINE, INCOMPLETE or the status of a refusal,
   * which has no head.
   */
  private record Decoded(String head, String body, int outcome) {}

  private static RequestDecoder decoder() {
    ByteBudget budget = new ByteBudget(1 << 20, () -> {});
    return new RequestDecoder(new ConnectionMemory(budget, () -> {}), new PipelinedTurns());
  }

  /** A connection of which every message is wanted as soon as the one before has come out. */
  private static EmbeddedChannel channel() {
    RequestDecoder decoder = decoder();
    return new EmbeddedChannel(
        decoder,
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelActive(ChannelHandlerContext ctx) {
            decoder.want();
          }

          @Override
          public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.fireChannelRead(message);
            decoder.want();
          }
        });
  }

  /** Collects what the decoder makes of a connection's bytes. */
  private static final class Connection {
    private final EmbeddedChannel channel = channel();
    private final List<Decoded> requests = new ArrayList<>();

    void receive(byte[] bytes) {
      channel.writeInbound(Unpooled.copiedBuffer(bytes));
      while (channel.runScheduledPendingTasks() == 0) {
        channel.runPendingTasks();
      }
      for (HttpObject message = channel.readInbound();
          message != null;
          message = channel.readInbound()) {
        take(message);
        ReferenceCountUtil.release(message);
      }
    }

    private void take(HttpObject message) {
      if (message instanceof HttpRequest head) {
        String line = head.method() + " " + head.uri() + " " + head.protocolVersion();
        requests.add(new Decoded(line, "", INCOMPLETE));
      }
      Decoded last = requests.remove(requests.size() - 1);
      String head = last.head();
      String body = last.body();
      int outcome = last.outcome();
      if (message instanceof HttpContent content) {
        body += content.content().toString(StandardCharsets.ISO_8859_1);
        outcome = message instanceof LastHttpContent ? FINE : outcome;
      }
      if (message.decoderResult().isFailure()) {
        outcome = RequestRules.malformed(message.decoderResult().cause()).status().code();
        head = ""; // what stands in for a head that could not be read
      }
      requests.add(new Decoded(head, body, outcome));
    }

    List<Decoded> close() {
      channel.finishAndReleaseAll();
      return requests;
    }
  }

  private static List<Decoded> decode(byte[]... pieces) {
    Connection connection = new Connection();
    for (byte[] piece : pieces) {
      connection.receive(piece);
    }
    return connection.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Decodes a text in one read, cut in two at positions this far apart, and in single bytes. */
  private static List<Decoded> decodeHoweverItIsCut(String text, int stride) {
    byte[] all = bytes(text);
    List<Decoded> whole = decode(all);
    for (int cut = 1; cut < all.length; cut += stride) {
      List<Decoded> halves =
          decode(Arrays.copyOf(all, cut), Arrays.copyOfRange(all, cut, all.length));
      assertEquals(whole, halves, "cut at " + cut);
    }
    byte[][] single = new byte[all.length][];
    for (int i = 0; i < all.length; i++) {
      single[i] = new byte[] {all[i]};
    }
    assertEquals(whole, decode(single), "in single bytes");
    return whole;
  }

  static Stream<Arguments> malformedRequests() {
    return Stream.of(
            "a bare LF after the request line|GET / HTTP/1.1\nHost: h\r\n\r\n",
            "a bare LF after a field|GET / HTTP/1.1\r\nHost: h\n\r\n",
            "a bare LF at the end of the head|GET / HTTP/1.1\r\nHost: h\r\n\n",
            "bare LFs throughout|GET / HTTP/1.1\nHost: h\n\n",
            "a bare CR in a field|GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
            "a NUL in a field|GET / HTTP/1.1\r\nHost: h\r\nX: a\u0000b\r\n\r\n",
            "a space before the colon|GET / HTTP/1.1\r\nHost : h\r\n\r\n",
            "a tab before the colon|GET / HTTP/1.1\r\nHost\t: h\r\n\r\n",
            "a field without a colon|GET / HTTP/1.1\r\nHost: h\r\nnothing\r\n\r\n",
            "a field without a name|GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
            "a space in a field name|GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n",
            "a line folded with a space|GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
            "a line folded with a tab|GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n",
            "a folded first field|GET / HTTP/1.1\r\n Host: h\r\n\r\n",
            "a fold that hides a length|POST / HTTP/1.1\r\nHost: h\r\nX: a\r\n Content-Length: 3\r\n\r\n",
            "repeated equal lengths|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "conflicting lengths|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
            "a list of lengths|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
            "a negative length|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
            "a length with a sign|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc",
            "a length in hex|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc",
            "an empty length|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n",
            "a length past all numbers|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "a length and chunks|POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunks and a length|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            "chunks in HTTP/1.0|POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "an encoding that does not end in chunks|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
            "chunks before another encoding|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
            "chunks twice|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "nearly chunks|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "chunks and nearly chunks|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
            "a chunk size that is none|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "a chunk longer than its size|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "a bare LF after a chunk size|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
            "a request line of one word|GET\r\nHost: h\r\n\r\n",
            "a request line without a version|GET /\r\nHost: h\r\n\r\n",
            "a request line of four words|GET / x HTTP/1.1\r\nHost: h\r\n\r\n",
            "two spaces in the request line|GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
            "a tab in the request line|GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n",
            "a space after the version|GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
            "a space before the method| GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "a NUL before the method|\u0000GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "an escape before the method|\u001bGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "a vertical tab in the request line|GET\u000b/ HTTP/1.1\r\nHost: h\r\n\r\n",
            "a control character in the target|GET /\u0001 HTTP/1.1\r\nHost: h\r\n\r\n",
            "a bare CR in the request line|GET /\r HTTP/1.1\r\nHost: h\r\n\r\n",
            "a method that is no token|G(T / HTTP/1.1\r\nHost: h\r\n\r\n",
            "another protocol|GET / HTCPCP/1.0\r\nHost: h\r\n\r\n",
            "a lower-case protocol|GET / http/1.1\r\nHost: h\r\n\r\n",
            "a version of two digits|GET / HTTP/1.10\r\nHost: h\r\n\r\n",
            "a TLS hello|\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n")
        .map(text -> text.split("\\|", 2))
        .map(parts -> Arguments.of(parts[0], parts[1]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedRequests")
  void isRefusedHoweverItIsCutAndNothingIsReadAfterIt(String name, String text) {
    List<Decoded> decoded = decodeHoweverItIsCut(text + NEXT, 1);
    assertEquals(1, decoded.size(), decoded::toString);
    assertEquals(400, decoded.get(0).outcome(), decoded::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedRequests")
  void isRefusedBehindAGoodRequestToo(String name, String text) {
    List<Decoded> decoded = decodeHoweverItIsCut(NEXT + text + NEXT, 1);
    assertEquals(2, decoded.size(), decoded::toString);
    assertEquals(new Decoded("GET /next HTTP/1.1", "", FINE), decoded.get(0));
    assertEquals(400, decoded.get(1).outcome(), decoded::toString);
  }

  @Test
  void pipelinedRequestsWithBodiesComeOutInOrderHoweverTheyAreCut() {
    String text =
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
            + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 27\r\n\r\n"
            + " GET /no HTTP/1.1\r\nX: y\r\n\r\n"
            + "\r\n" // tolerated between requests (RFC 9112 §2.2)
            + "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x=y\r\nabc\r\n9\r\n\r\n fold\r\n\r\n0\r\nTrailer: t\r\n\r\n"
            + "HEAD /4 HTTP/1.0\r\n\r\n"
            + "PUT /5 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
            + "GET /6?a=b HTTP/1.1\r\nHost:h\r\nX:  y \r\nEmpty:\r\n\r\n";
    assertEquals(
        List.of(
            new Decoded("GET /1 HTTP/1.1", "", FINE),
            new Decoded("POST /2 HTTP/1.1", " GET /no HTTP/1.1\r\nX: y\r\n\r\n", FINE),
            new Decoded("POST /3 HTTP/1.1", "abc\r\n fold\r\n", FINE),
            new Decoded("HEAD /4 HTTP/1.0", "", FINE),
            new Decoded("PUT /5 HTTP/1.1", "", FINE),
            new Decoded("GET /6?a=b HTTP/1.1", "", FINE)),
        decodeHoweverItIsCut(text, 1));
  }

  @Test
  void anotherProtocolVersionComesOutForTheRulesToRefuse() {
    List<Decoded> decoded = decodeHoweverItIsCut("PRI * HTTP/2.0\r\n\r\n", 1);
    assertEquals(List.of(new Decoded("PRI * HTTP/2.0", "", FINE)), decoded);
  }

  private static String requestWithLineOf(int length) {
    String rest = "GET / HTTP/1.1";
    return "GET /" + "a".repeat(length - rest.length()) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }

  @Test
  void theLongestRequestLineIsRead() {
    List<Decoded> decoded =
        decodeHoweverItIsCut(requestWithLineOf(HeadLines.MAX_LINE_BYTES - 2), 101);
    assertEquals(FINE, decoded.get(0).outcome());
  }

  @Test
  void aLongerRequestLineIs414() {
    List<Decoded> decoded =
        decodeHoweverItIsCut(requestWithLineOf(HeadLines.MAX_LINE_BYTES + 3) + NEXT, 101);
    assertEquals(List.of(414), decoded.stream().map(Decoded::outcome).toList());
  }

  @Test
  void aRequestLineWithoutAnEndIs414AsSoonAsItIsTooLong() {
    List<Decoded> decoded = decode(bytes("GET /" + "a".repeat(HeadLines.MAX_LINE_BYTES)));
    assertEquals(List.of(414), decoded.stream().map(Decoded::outcome).toList());
  }

  @Test
  void halfAHeadAtTheEndOfAConnectionIsNoRequest() {
    for (String half : List.of("GET / HT", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h")) {
      EmbeddedChannel channel = channel();
      channel.writeInbound(Unpooled.copiedBuffer(bytes(half)));
      channel.finish();
      assertTrue(channel.inboundMessages().isEmpty(), half);
    }
  }

  private static String requestWithFields(int count, int valueLength) {
    StringBuilder request = new StringBuilder("GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 1; i < count; i++) {
      request.append("X: ").append("v".repeat(valueLength)).append("\r\n");
    }
    return request.append("\r\n").toString();
  }

  @Test
  void aHundredFieldsAreRead() {
    String request = requestWithFields(HeadLines.MAX_HEADER_FIELDS, 1);
    assertEquals(
        List.of(FINE, FINE),
        decodeHoweverItIsCut(request + request, 7).stream().map(Decoded::outcome).toList());
  }

  @Test
  void oneFieldMoreIs431() {
    String request = requestWithFields(HeadLines.MAX_HEADER_FIELDS + 1, 1);
    assertEquals(
        List.of(431),
        decodeHoweverItIsCut(request + NEXT, 7).stream().map(Decoded::outcome).toList());
  }

  @Test
  void aHeaderThatIsTooLongIs431WhetherInOneFieldOrInMany() {
    for (String request : List.of(requestWithFields(2, 17_000), requestWithFields(20, 1_000))) {
      List<Decoded> decoded = decodeHoweverItIsCut(request + NEXT, 503);
      assertEquals(List.of(431), decoded.stream().map(Decoded::outcome).toList());
    }
  }

  @Test
  void theBytesBehindARefusedRequestAreSwallowed() {
    Connection connection = new Connection();
    connection.receive(bytes("NONSENSE\r\n\r\n"));
    for (int i = 0; i < 3; i++) {
      connection.receive(bytes(NEXT));
    }
    assertEquals(1, connection.close().size());
  }
}
