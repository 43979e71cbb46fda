package io.sluice.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sluice.server.http.connection.ConnectionMemory;
import io.sluice.server.http.connection.PipelinedTurns;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Netty's request decoder, set to refuse what RFC 9112 says must be refused; {@link HeadLines}
 * finds what Netty repairs even then. Sits first of the HTTP handlers; a refused request comes out
 * as one with a failed {@link DecoderResult}, and nothing comes out after it.
 *
 * <p>One message comes out for each that was {@linkplain #want wanted}: a head, or a piece of a
 * body. Bytes that are not wanted yet stay what they are, and no more are read; a head is taken
 * apart when all of it is there. So a connection has in memory the bytes it was read, which are
 * counted, and one message.
 */
final class RequestDecoder extends HttpRequestDecoder {
  /** Netty's pieces have 8 KiB at most, and less where a client sends chunks of a byte. */
  private static final int PIECES_PER_TURN = 64;

  private final HeadLines lines = new HeadLines();
  private final ConnectionMemory memory;
  private final PipelinedTurns turns;
  private @Nullable ChannelHandlerContext context;
  private boolean refused;
  private boolean wanted;
  private boolean waitsForTurn;
  private boolean decoding;

  /** Whether the end of a request without a body is still to come out. */
  private boolean endKept;

  /** Bytes that Netty has taken and that have not come out: of a trailer, as a rule. */
  private int taken;

  /** Pieces of bodies that came out since the loop looked at its sockets. */
  private int pieces;

  private boolean inputEnded;

  /**
   * The decoder of one connection.
   *
   * @param memory is told of the bytes that wait
   * @param turns of the loops
   */
  RequestDecoder(ConnectionMemory memory, PipelinedTurns turns) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(HeadLines.MAX_LINE_BYTES)
            .setMaxHeaderSize(HeadLines.MAX_HEADER_BYTES)
            .setStrictLineParsing(true)
            .setAllowDuplicateContentLengths(false)
            .setUseRfc9112TransferEncoding(true));
    this.memory = memory;
    this.turns = turns;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** Asks for the next message; on the loop of the connection. */
  void want() {
    ChannelHandlerContext ctx = Objects.requireNonNull(context, "of a handler that was added");
    if (endKept) {
      endKept = false;
      ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    } else if (!holdsBytes() || (decoding && isNextPiece())) {
      wanted = true;
      if (!decoding) {
        readOn(ctx);
      }
    } else if (!waitsForTurn) {
      waitsForTurn = true;
      turns.await(ctx.channel().eventLoop(), () -> takeTurn(ctx));
    }
  }

  /** Whether the next message is of the body that is coming, and no turn is due. */
  private boolean isNextPiece() {
    return lines.isComplete() && ++pieces % PIECES_PER_TURN != 0;
  }

  private void takeTurn(ChannelHandlerContext ctx) {
    waitsForTurn = false;
    if (!ctx.isRemoved() && ctx.channel().isOpen()) {
      wanted = true;
      decodeWhatIsThere(ctx);
      channelReadComplete(ctx);
    }
  }

  private void decodeWhatIsThere(ChannelHandlerContext ctx) {
    try {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    }
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (inputEnded) {
      ctx.close();
    } else {
      ctx.read();
    }
  }

  /**
   * Reads once without wanting anything: that is how the end of a connection is noticed while its
   * request is being answered.
   */
  void watch() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && !wanted && !inputEnded && !holdsBytes()) {
      ctx.read();
    }
  }

  /** Nothing more comes out; what has come is forgotten. */
  void refuseTheRest() {
    refused = true;
    wanted = false;
    ChannelHandlerContext ctx = context;
    if (ctx != null && !decoding && holdsBytes()) {
      decodeWhatIsThere(ctx);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    decoding = true;
    try {
      super.channelRead(ctx, message);
    } finally {
      decoding = false;
    }
    if (!memory.input((holdsBytes() ? internalBuffer().capacity() : 0) + 2L * taken)) {
      ctx.close();
    }
  }

  /** Netty's would read on whenever a read brought no message, wanted or not. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    ctx.fireChannelReadComplete();
    if (wanted) {
      readOn(ctx);
    }
  }

  /** The client has sent all it will send; what it has sent is answered. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
      ctx.fireUserEventTriggered(event);
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (refused) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (!wanted) {
      return;
    }
    try {
      if (!lines.inspect(in)) {
        return;
      }
    } catch (IllegalArgumentException | TooLongFrameException problem) {
      DefaultHttpRequest request =
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, lines.target());
      request.setDecoderResult(DecoderResult.failure(problem));
      out.add(request);
      refuse(in);
      return;
    }
    int before = in.readableBytes();
    super.decode(ctx, in, out);
    if (out.isEmpty()) {
      taken += before - in.readableBytes();
    } else {
      taken = 0;
      cameOut(in, out);
    }
  }

  private void cameOut(ByteBuf in, List<Object> out) {
    wanted = false;
    HttpObject first = (HttpObject) out.get(0);
    HttpObject last = (HttpObject) out.get(out.size() - 1);
    if (first.decoderResult().isFailure() || last.decoderResult().isFailure()) {
      if (first instanceof HttpRequest head && head.uri().equals(HeadLines.UNREADABLE)) {
        head.setUri(lines.target());
      }
      refuse(in);
    } else if (last instanceof LastHttpContent) {
      lines.reset();
      if (out.size() > 1) {
        out.remove(1);
        endKept = true;
      }
    }
  }

  private void refuse(ByteBuf in) {
    wanted = false;
    refused = true;
    in.skipBytes(in.readableBytes());
  }

  /** Half a head at the end of a connection is no request, not even a refused one. */
  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    if (lines.isComplete() && !refused) {
      super.decodeLast(ctx, in, out);
    }
  }

  /** Whether bytes have come that are not a whole head yet. */
  boolean holdsBytes() {
    return actualReadableBytes() > 0;
  }
}
