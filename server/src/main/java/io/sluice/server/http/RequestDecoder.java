package io.sluice.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Netty's request decoder, set to refuse what RFC 9112 says must be refused. Netty repairs two
 * things even then, so the lines of a head are looked at before Netty joins them: a folded header
 * line (§5.2) and a request line with other white space than two single spaces (§3). It also bounds
 * the number of header fields, which Netty does not. Sits first of the HTTP handlers; a refused
 * request comes out as one with a failed {@link DecoderResult}, and nothing comes out after it.
 */
final class RequestDecoder extends HttpRequestDecoder {
  static final int MAX_LINE_BYTES = 8 * 1024;
  static final int MAX_HEADER_BYTES = 16 * 1024;
  static final int MAX_HEADER_FIELDS = 100;

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

  RequestDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_LINE_BYTES)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setStrictLineParsing(true)
            .setAllowDuplicateContentLengths(false)
            .setUseRfc9112TransferEncoding(true));
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    try {
      inspectHead(in);
    } catch (IllegalArgumentException | TooLongHttpHeaderException refused) {
      place = MessagePart.REFUSED;
      DefaultHttpRequest request =
          new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target());
      request.setDecoderResult(DecoderResult.failure(refused));
      out.add(request);
    }
    if (place == MessagePart.REFUSED) {
      in.skipBytes(in.readableBytes());
      return;
    }
    super.decode(ctx, in, out);
    for (Object message : out) {
      if (((HttpObject) message).decoderResult().isFailure()) {
        place = MessagePart.REFUSED;
        if (message instanceof HttpRequest refused && refused.uri().equals(UNREADABLE)) {
          refused.setUri(target());
        }
      } else if (message instanceof LastHttpContent) {
        place = MessagePart.REQUEST_LINE;
        line = "";
        fields = 0;
      }
    }
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
   * Looks at the complete lines of a head; {@code super.decode} takes the same lines out of the
   * buffer right after.
   */
  private void inspectHead(ByteBuf in) {
    int start = in.readerIndex();
    while (place == MessagePart.REQUEST_LINE || place == MessagePart.FIELDS) {
      int lineFeed = in.indexOf(start, in.writerIndex(), (byte) '\n');
      if (lineFeed < 0) {
        if (place == MessagePart.REQUEST_LINE && in.writerIndex() - start > MAX_LINE_BYTES) {
          line = in.toString(start, 2 * LONGEST_KEPT, StandardCharsets.ISO_8859_1);
        }
        return;
      }
      boolean empty = lineFeed == start || (lineFeed == start + 1 && in.getByte(start) == '\r');
      if (place == MessagePart.FIELDS) {
        inspectField(in.getByte(start), empty);
      } else if (!empty) {
        inspectRequestLine(in.toString(start, lineFeed - start, StandardCharsets.ISO_8859_1));
      }
      start = lineFeed + 1;
    }
  }

  /** What was asked for, as far as it can be read, so that a refusal is told as is usual there. */
  private String target() {
    Matcher found = TARGET.matcher(line);
    return found.lookingAt() ? found.group(1) : UNREADABLE;
  }

  private void inspectRequestLine(String whole) {
    line = whole;
    if (line.length() <= MAX_LINE_BYTES && !REQUEST_LINE.matcher(line).matches()) {
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
