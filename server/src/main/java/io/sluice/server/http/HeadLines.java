package io.sluice.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of one head after the other, looked at before Netty takes the head apart, because Netty
 * repairs what RFC 9112 says must be refused: a folded header line (§5.2) and a request line with
 * other white space than two single spaces (§3). Also bounds the number of header fields, which
 * Netty does not.
 */
final class HeadLines {
  static final int MAX_LINE_BYTES = 8 * 1024;
  static final int MAX_HEADER_BYTES = 16 * 1024;
  static final int MAX_HEADER_FIELDS = 100;

  /** What stands in for a target that cannot be read, as Netty has it. */
  static final String UNREADABLE = "/bad-request";

  private static final Pattern REQUEST_LINE =
      Pattern.compile(
          "[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\\x21-\\x7e\\x80-\\xff]+ HTTP/[0-9]\\.[0-9]\\r?");

  /** Characters of a target that is kept of a request that is refused. */
  private static final int LONGEST_KEPT = 256;

  private static final Pattern TARGET =
      Pattern.compile("[^ ]+ +([\\x21-\\x7e]{1," + LONGEST_KEPT + "})");

  private enum Part {
    REQUEST_LINE,
    FIELDS,
    COMPLETE
  }

  private Part next = Part.REQUEST_LINE;

  /** The request line, or its beginning when it is too long; empty before any came. */
  private String line = "";

  private int fields;

  /** Bytes that were looked at, from the first of the head. */
  private int inspected;

  /** Where the header fields begin, counted like {@link #inspected}. */
  private int fieldsBegin;

  /** Begins with the next head. */
  void reset() {
    next = Part.REQUEST_LINE;
    line = "";
    fields = 0;
    inspected = 0;
    fieldsBegin = 0;
  }

  /** Whether all of a head has been looked at, so that what follows is its body. */
  boolean isComplete() {
    return next == Part.COMPLETE;
  }

  /**
   * Looks at the lines that are complete and were not looked at before. Empty lines before a head
   * are taken out.
   *
   * @param in begins with the head each time
   * @return whether Netty can go on: the head is complete, or longer than it takes
   * @throws IllegalArgumentException when the request must be refused
   * @throws io.netty.handler.codec.TooLongFrameException when it is too long
   */
  boolean inspect(ByteBuf in) {
    while (next != Part.COMPLETE) {
      int start = in.readerIndex() + inspected;
      int lineFeed = in.indexOf(start, in.writerIndex(), (byte) '\n');
      if (lineFeed < 0) {
        return isTooLong(in, start);
      }
      boolean empty = lineFeed == start || (lineFeed == start + 1 && in.getByte(start) == '\r');
      if (next == Part.REQUEST_LINE && empty) {
        // RFC 9112 §2.2.
        in.readerIndex(lineFeed + 1);
        continue;
      }
      inspected = lineFeed + 1 - in.readerIndex();
      if (next == Part.FIELDS) {
        inspectField(in.getByte(start), empty);
      } else {
        inspectRequestLine(in.toString(start, lineFeed - start, StandardCharsets.ISO_8859_1));
        fieldsBegin = inspected;
      }
    }
    return true;
  }

  /** Whether an incomplete head is longer than Netty takes; it says so itself. */
  private boolean isTooLong(ByteBuf in, int start) {
    if (next == Part.FIELDS) {
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
  String target() {
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
    next = Part.FIELDS;
  }

  private void inspectField(byte first, boolean empty) {
    if (empty) {
      next = Part.COMPLETE;
    } else if (first == ' ' || first == '\t') {
      throw new IllegalArgumentException("folded header line");
    } else if (++fields > MAX_HEADER_FIELDS) {
      throw new TooLongHttpHeaderException("more than " + MAX_HEADER_FIELDS + " header fields");
    }
  }
}
