package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.sluice.bench.machine.Answer;
import io.sluice.bench.machine.AnswerListener;
import io.sluice.bench.machine.Ask;
import io.sluice.bench.machine.Failure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** One request and its answer, read as it comes and forgotten as it is read. */
final class Exchange {
  /** Longer heads than this are no answer of a file server. */
  private static final int MAX_HEAD = 32 * 1024;

  private final Ask ask;
  private final AnswerListener listener;
  private final @Nullable MessageDigest digest;
  private final StringBuilder headText = new StringBuilder();
  private @Nullable ResponseHead head;
  private ResponseHead.Framing framing = ResponseHead.Framing.NONE;
  private final ChunkCounter chunks = new ChunkCounter();
  private long announced = -1;
  private long bytes;
  private boolean anyByte;
  private boolean over;

  Exchange(Ask ask, AnswerListener listener, @Nullable MessageDigest digest) {
    this.ask = ask;
    this.listener = listener;
    this.digest = digest;
  }

  Ask ask() {
    return ask;
  }

  boolean anyByte() {
    return anyByte;
  }

  /** Whether the listener has heard the last of this exchange. */
  boolean over() {
    return over;
  }

  /** Whether the connection may carry another request after this one. */
  boolean reusable() {
    return over && head != null && head.keepAlive() && framing != ResponseHead.Framing.UNTIL_CLOSE;
  }

  /** Ends the exchange: its machine takes no further events. */
  void drop() {
    over = true;
  }

  /** Takes what came; the listener hears what it means. */
  void read(ByteBuf in) {
    if (over || !in.isReadable()) {
      return;
    }
    if (!anyByte) {
      anyByte = true;
      listener.firstByte();
    }
    try {
      if (head == null && !readHead(in)) {
        return;
      }
      readBody(in);
    } catch (MalformedAnswer malformed) {
      fail(new Failure(Failure.Kind.NOT_HTTP, String.valueOf(malformed.getMessage())));
    }
  }

  private boolean readHead(ByteBuf in) throws MalformedAnswer {
    while (in.isReadable()) {
      char c = (char) (in.readByte() & 0xFF);
      headText.append(c);
      int length = headText.length();
      if (c == '\n' && endsWithEmptyLine(length)) {
        ResponseHead parsed = HeadParser.parse(headText.toString());
        headText.setLength(0);
        if (parsed.status() >= 200) {
          accept(parsed);
          return true;
        }
      } else if (length > MAX_HEAD || (length == 5 && headText.indexOf("HTTP/") != 0)) {
        throw new MalformedAnswer(
            "the answer does not begin with a status line of at most " + MAX_HEAD + " bytes");
      }
    }
    return false;
  }

  private boolean endsWithEmptyLine(int length) {
    return (length >= 2 && headText.charAt(length - 2) == '\n')
        || (length >= 3
            && headText.charAt(length - 2) == '\r'
            && headText.charAt(length - 3) == '\n');
  }

  private void accept(ResponseHead parsed) throws MalformedAnswer {
    head = parsed;
    framing = parsed.framing(ask.method());
    announced = framing == ResponseHead.Framing.LENGTH ? parsed.contentLength() : -1;
  }

  private void readBody(ByteBuf in) throws MalformedAnswer {
    switch (framing) {
      case NONE -> finish(in);
      case LENGTH -> {
        take(in, (int) Math.min(in.readableBytes(), announced - bytes));
        if (!over && bytes == announced) {
          finish(in);
        }
      }
      case CHUNKED -> {
        for (int n = chunks.nextContent(in); n > 0 && !over; n = chunks.nextContent(in)) {
          take(in, n);
        }
        if (!over && chunks.done()) {
          finish(in);
        }
      }
      case UNTIL_CLOSE -> take(in, in.readableBytes());
    }
  }

  private void take(ByteBuf in, int count) {
    if (count == 0) {
      return;
    }
    if (digest != null) {
      digest.update(in.nioBuffer(in.readerIndex(), count));
    }
    in.skipBytes(count);
    skipped(count);
  }

  /**
   * How many bytes of the body may be thrown away unread. The last one is to be read: with it come
   * those that should not be there.
   */
  long skippable() {
    boolean readable = over || head == null || digest != null || announced < 0;
    return readable ? 0 : announced - bytes - 1;
  }

  /** That many bytes were thrown away unread. */
  void skipped(int count) {
    bytes += count;
    if (status() / 100 == 2) {
      listener.progress(count, bytes, announced);
    }
  }

  private void finish(ByteBuf rest) {
    if (rest.isReadable()) {
      fail(
          new Failure(
              Failure.Kind.WRONG_LENGTH,
              rest.readableBytes() + " bytes and more after the " + bytes + " of the answer"));
      return;
    }
    complete();
  }

  private void complete() {
    over = true;
    ResponseHead answered = head;
    if (answered != null) {
      String sha256 = digest == null ? null : HexFormat.of().formatHex(digest.digest());
      listener.finished(
          new Answer(
              answered.status(), bytes, answered.retryAfterSeconds(), answered.server(), sha256));
    }
  }

  /** The server closed its side. */
  void closed() {
    if (over) {
      return;
    }
    if (head == null) {
      fail(
          new Failure(
              Failure.Kind.NO_ANSWER,
              anyByte ? "after " + headText.length() + " bytes of a head" : "before any byte"));
    } else if (framing == ResponseHead.Framing.UNTIL_CLOSE) {
      complete();
    } else {
      fail(
          new Failure(
              Failure.Kind.WRONG_LENGTH,
              bytes
                  + " bytes (expected: "
                  + (announced < 0 ? "a last chunk" : String.valueOf(announced))
                  + ")"));
    }
  }

  void fail(Failure failure) {
    if (!over) {
      over = true;
      listener.failed(failure);
    }
  }

  private int status() {
    return head == null ? 0 : head.status();
  }

  /** The request as it goes over the wire (RFC 9112, section 3). */
  byte[] head(String authority, String userAgent) {
    String length = ask.method().equals("GET") ? "" : "Content-Length: 0\r\n";
    return (ask.method()
            + " "
            + ask.path()
            + " HTTP/1.1\r\nHost: "
            + authority
            + "\r\nUser-Agent: "
            + userAgent
            + "\r\nAccept: */*\r\nConnection: keep-alive\r\n"
            + length
            + "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
