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
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.sluice.server.http.connection.ConnectionMemory;
import io.sluice.server.http.connection.PipelinedTurns;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Netty's request decoder, set to refuse what RFC 9112 says must be refused. Netty repairs two
 * things even then, so the lines of a head are looked at before Netty joins them: a folded header
 * line (§5.2) and a request line with other white space than two single spaces (§3). It also bounds
 * the number of header fields, which Netty does not. Sits first of the HTTP handlers; a refused
 * request comes out as one with a failed {@link DecoderResult}, and nothing comes out after it.
 *
 * <p>One message comes out for each that was {@linkplain #want wanted}: a head, or a piece of a
 * body. Bytes that are not wanted yet stay what they are, and no more are read; a head is taken
 * apart when all of it is there. So a connection has in memory the bytes it was read, which are
 * counted, and one message.
 */
final class RequestDecoder extends HttpRequestDecoder {
  static final int MAX_LINE_BYTES = 8 * 1024;
  static final int MAX_HEADER_BYTES = 16 * 1024;
  static final int MAX_HEADER_FIELDS = 100;

  /** Netty's pieces have 8 KiB at most, and less where a client sends chunks of a byte. */
  private static final int PIECES_PER_TURN = 64;

  private static final Pattern REQUEST_LINE =
      Pattern.compile(
          "[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\\x21-\\x7e\\x80-\\xff]+ HTTP/[0-9]\\.[0-9]\\r?");

  private enum MessagePart {
    REQUEST_LINE,
    FIELDS,
    BODY,
    REFUSED
  }

  /** What stands in for a target that cannot be read, as Netty has it. */
  private static final String UNREADABLE = "/bad-request";

  /** Characters of a target that is kept of a request that is refused. */
  private static final int LONGEST_KEPT = 256;

  private static final Pattern TARGET =
      Pattern.compile("[^ ]+ +([\\x21-\\x7e]{1," + LONGEST_KEPT + "})");

  private MessagePart place = MessagePart.REQUEST_LINE;

  /** The request line, or its beginning when it is too long; empty before any came. */
  private String line = "";

  private int fields;

  /** Bytes of a head that were looked at, from the first that Netty has not taken. */
  private int inspected;

  /** Where the header fields begin, counted like {@link #inspected}. */
  private int fieldsBegin;

  private final ConnectionMemory memory;
  private final PipelinedTurns turns;
  private @Nullable ChannelHandlerContext context;
  private boolean wanted;
  private boolean waitsForTurn;
  private boolean decoding;

  /** Whether the end of a request without a body is still to come out. */
  private boolean endKept;

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
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
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
    return place == MessagePart.BODY && ++pieces % PIECES_PER_TURN != 0;
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
    place = MessagePart.REFUSED;
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
    if (!memory.input(holdsBytes() ? internalBuffer().capacity() : 0)) {
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
    if (place == MessagePart.REFUSED) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (!wanted) {
      return;
    }
    try {
      if (!inspectHead(in)) {
        return;
      }
    } catch (IllegalArgumentException | TooLongFrameException refused) {
      DefaultHttpRequest request =
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target());
      request.setDecoderResult(DecoderResult.failure(refused));
      out.add(request);
      refuse(in);
      return;
    }
    super.decode(ctx, in, out);
    if (!out.isEmpty()) {
      cameOut(in, out);
    }
  }

  private void cameOut(ByteBuf in, List<Object> out) {
    wanted = false;
    boolean isHead = out.get(0) instanceof HttpRequest;
    if (isHead && ((HttpObject) out.get(0)).decoderResult().isFailure()) {
      HttpRequest refused = (HttpRequest) out.get(0);
      if (refused.uri().equals(UNREADABLE)) {
        refused.setUri(target());
      }
      refuse(in);
      return;
    }
    if (((HttpObject) out.get(out.size() - 1)).decoderResult().isFailure()) {
      refuse(in);
      return;
    }
    if (out.get(out.size() - 1) instanceof LastHttpContent) {
      place = MessagePart.REQUEST_LINE;
      line = "";
      fields = 0;
      inspected = 0;
      fieldsBegin = 0;
      if (isHead && out.size() > 1) {
        out.remove(1);
        endKept = true;
      }
    }
  }

  private void refuse(ByteBuf in) {
    wanted = false;
    place = MessagePart.REFUSED;
    in.skipBytes(in.readableBytes());
  }

  /** Half a head at the end of a connection is no request, not even a refused one. */
  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    if (place == MessagePart.BODY) {
      super.decodeLast(ctx, in, out);
    }
  }

  /** Whether bytes have come that are not a whole head yet. */
  boolean holdsBytes() {
    return actualReadableBytes() > 0;
  }

  /**
   * Looks at the lines of a head that are complete and were not looked at before.
   *
   * @return whether Netty can go on: the head is complete, or longer than it takes
   */
  private boolean inspectHead(ByteBuf in) {
    int begin = in.readerIndex();
    while (place == MessagePart.REQUEST_LINE || place == MessagePart.FIELDS) {
      int start = begin + inspected;
      int lineFeed = in.indexOf(start, in.writerIndex(), (byte) '\n');
      if (lineFeed < 0) {
        return isTooLong(in, start);
      }
      boolean empty = lineFeed == start || (lineFeed == start + 1 && in.getByte(start) == '\r');
      inspected = lineFeed + 1 - begin;
      if (place == MessagePart.FIELDS) {
        inspectField(in.getByte(start), empty);
      } else if (empty) {
        // Empty lines before a request are nothing (RFC 9112 §2.2).
        begin = lineFeed + 1;
        in.readerIndex(begin);
        inspected = 0;
      } else {
        inspectRequestLine(in.toString(start, lineFeed - start, StandardCharsets.ISO_8859_1));
        fieldsBegin = inspected;
      }
    }
    return true;
  }

  /** Whether an incomplete head is longer than Netty takes; it says so itself. */
  private boolean isTooLong(ByteBuf in, int start) {
    if (place == MessagePart.FIELDS) {
      // Netty does not count the ends of lines.
      return in.readableBytes() - fieldsBegin > MAX_HEADER_BYTES + 2 * MAX_HEADER_FIELDS;
    }
    if (in.writerIndex() - start <= MAX_LINE_BYTES) {
      return false;
    }
    line = in.toString(start, 2 * LONGEST_KEPT, StandardCharsets.ISO_8859_1);
    return true;
  }

  /** What was asked for, as far as it can be read, so that a refusal is told as is usual there. */
  private String target() {
    Matcher found = TARGET.matcher(line);
    return found.lookingAt() ? found.group(1) : UNREADABLE;
  }

  private void inspectRequestLine(String whole) {
    line = whole;
    if (line.stripTrailing().length() > MAX_LINE_BYTES) {
      throw new TooLongHttpLineException("more than " + MAX_LINE_BYTES + " bytes");
    }
    if (!REQUEST_LINE.matcher(line).matches()) {
      throw new IllegalArgumentException("request line");
    }
    place = MessagePart.FIELDS;
  }

  private void inspectField(byte first, boolean empty) {
    if (empty) {
      place = MessagePart.BODY;
    } else if (first == ' ' || first == '\t') {
      throw new IllegalArgumentException("folded header line");
    } else if (++fields > MAX_HEADER_FIELDS) {
      throw new TooLongHttpHeaderException("more than " + MAX_HEADER_FIELDS + " header fields");
    }
  }
}
