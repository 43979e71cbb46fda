package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.BadRequest;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a table, in the charset its byte order mark or its media type names, else in UTF-8.
 * What is not text in that charset is refused: guessed letters would become names of machines.
 */
final class TableText {
  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]+)", Pattern.CASE_INSENSITIVE);
  private static final char MARK = '\ufeff';

  private TableText() {}

  /**
   * Reads a table.
   *
   * @param contentType of the request
   */
  static String of(byte[] bytes, String contentType) throws BadRequest {
    Optional<Charset> marked = marked(bytes);
    Charset charset = marked.isPresent() ? marked.get() : named(contentType);
    CharsetDecoder decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out =
        CharBuffer.allocate((int) Math.ceil(bytes.length * (double) decoder.maxCharsPerByte()));
    boolean whole = !decoder.decode(in, out, true).isError() && !decoder.flush(out).isError();
    out.flip();
    if (!whole) {
      throw wrong(charset, 1 + out.chars().filter(c -> c == '\n').count());
    }
    String text = out.toString();
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      throw wrong(charset, 1 + text.substring(0, nul).chars().filter(c -> c == '\n').count());
    }
    return !text.isEmpty() && text.charAt(0) == MARK ? text.substring(1) : text;
  }

  private static BadRequest wrong(Charset charset, long line) {
    return new BadRequest(
        HttpResponseStatus.BAD_REQUEST,
        "line "
            + line
            + " (expected: text in "
            + charset.name()
            + "; another charset takes a byte order mark, or charset= in Content-Type, as in"
            + " text/csv; charset=iso-8859-1)");
  }

  private static Optional<Charset> marked(byte[] bytes) {
    if (begins(bytes, 0xef, 0xbb, 0xbf)) {
      return Optional.of(StandardCharsets.UTF_8);
    }
    if (begins(bytes, 0xff, 0xfe)) {
      return Optional.of(StandardCharsets.UTF_16LE);
    }
    return begins(bytes, 0xfe, 0xff) ? Optional.of(StandardCharsets.UTF_16BE) : Optional.empty();
  }

  private static boolean begins(byte[] bytes, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (bytes.length <= i || (bytes[i] & 0xff) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static Charset named(String contentType) throws BadRequest {
    Matcher found = CHARSET.matcher(contentType);
    if (!found.find()) {
      return StandardCharsets.UTF_8;
    }
    try {
      return Charset.forName(found.group(1).toUpperCase(Locale.ROOT));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new BadRequest(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "Content-Type: charset=" + found.group(1) + " (expected: one such as utf-8)");
    }
  }
}
