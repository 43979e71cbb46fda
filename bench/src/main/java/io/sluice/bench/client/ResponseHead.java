package io.sluice.bench.client;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of an answer (RFC 9112, sections 4 and 5).
 *
 * @param minorVersion 0 or 1, of HTTP/1
 * @param status three digits
 * @param fields names in lower case; of a repeated field the values joined with a comma
 */
record ResponseHead(int minorVersion, int status, Map<String, String> fields) {
  /** How the end of a body is told. */
  enum Framing {
    NONE,
    LENGTH,
    CHUNKED,
    UNTIL_CLOSE
  }

  /** How this answer's body ends (RFC 9112, section 6.3). */
  Framing framing(String requestMethod) {
    if (requestMethod.equals("HEAD") || status == 204 || status == 304) {
      return Framing.NONE;
    }
    String coding = fields.get("transfer-encoding");
    if (coding != null) {
      return lastToken(coding).equals("chunked") ? Framing.CHUNKED : Framing.UNTIL_CLOSE;
    }
    return fields.containsKey("content-length") ? Framing.LENGTH : Framing.UNTIL_CLOSE;
  }

  /**
   * What {@code Content-Length} announces, or -1 without one.
   *
   * @throws MalformedAnswer when it is no number, or several that differ
   */
  long contentLength() throws MalformedAnswer {
    String text = fields.get("content-length");
    if (text == null) {
      return -1;
    }
    long length = -1;
    for (String part : text.split(",", -1)) {
      long value = number(part.strip());
      if (value < 0 || (length >= 0 && value != length)) {
        throw new MalformedAnswer("Content-Length: " + text);
      }
      length = value;
    }
    return length;
  }

  /** Seconds to wait, or -1 when the field is missing or not a number of seconds. */
  long retryAfterSeconds() {
    String text = fields.get("retry-after");
    return text == null ? -1 : number(text);
  }

  /** Whether the connection may carry another request (RFC 9112, section 9.3). */
  boolean keepAlive() {
    String connection = fields.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
    return minorVersion == 0 ? connection.contains("keep-alive") : !connection.contains("close");
  }

  @Nullable String server() {
    return fields.get("server");
  }

  private static String lastToken(String list) {
    return list.substring(list.lastIndexOf(',') + 1).strip().toLowerCase(Locale.ROOT);
  }

  private static long number(String digits) {
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 18
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return plain ? Long.parseLong(digits) : -1;
  }
}
