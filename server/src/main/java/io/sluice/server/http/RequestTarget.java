package io.sluice.server.http;

import io.sluice.server.net.Authority;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The target of a request (RFC 9112 §3.2), understood: the segments of its path, or why it is
 * refused.
 */
public sealed interface RequestTarget {

  /**
   * A path that may be looked up.
   *
   * @param segments what stands between the slashes, percent-decoded once, never empty, never
   *     {@code .} or {@code ..}, without control characters; no segments for {@code /}
   * @param query what follows the first question mark, as it was sent; empty when there is none
   * @param endsWithSlash whether a slash stands behind the last segment: no file has such a path
   */
  record Path(List<String> segments, String query, boolean endsWithSlash) implements RequestTarget {
    /** A path without a slash at its end. */
    public Path(List<String> segments, String query) {
      this(segments, query, false);
    }

    /** The path in one line, decoded, repeated slashes folded. */
    public String text() {
      return "/" + String.join("/", segments);
    }
  }

  /**
   * A target that is answered with 400.
   *
   * @param problem one line that names what was wrong and what was expected, without any byte of
   *     the target
   */
  record Malformed(String problem) implements RequestTarget {}

  /**
   * Reads a target in origin form or absolute form. Repeated slashes count as one, a slash at the
   * end is no segment, an encoded slash is a slash.
   *
   * @param raw as it stood in the request line, a character a byte
   */
  static RequestTarget parse(String raw) {
    String origin = raw;
    if (!raw.startsWith("/")) {
      int path = pathOfAbsoluteForm(raw);
      if (path < 0) {
        return new Malformed(
            "request target (expected: a path that begins with /, or http://HOST[:PORT] before it)");
      }
      origin = raw.substring(path);
    }
    int end = origin.length();
    int fragment = origin.indexOf('#');
    if (fragment >= 0) {
      return new Malformed("request target (expected: no fragment)");
    }
    String query = "";
    int question = origin.indexOf('?');
    if (question >= 0) {
      query = origin.substring(question + 1);
      end = question;
    }
    return path(origin, end, query);
  }

  /**
   * Whether this is a target of the API, as far as can be told: of one that is malformed only the
   * beginning is looked at.
   *
   * @param raw as it stood in the request line
   */
  static boolean isUnderApi(String raw) {
    if (parse(raw) instanceof Path path) {
      return !path.segments().isEmpty() && path.segments().get(0).equals("api");
    }
    String path = raw.startsWith("/") ? raw : raw.substring(Math.max(0, pathOfAbsoluteForm(raw)));
    return path.matches("/+api(?:[/?#].*)?");
  }

  private static RequestTarget path(String origin, int end, String query) {
    String path;
    try {
      path = decode(origin, end);
    } catch (CharacterCodingException e) {
      return new Malformed("path (expected: UTF-8, percent signs followed by two hex digits)");
    }
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      if (segment.equals(".") || segment.equals("..")) {
        return new Malformed("path (expected: no . or .. segments)");
      }
      if (!segment.isEmpty()) {
        segments.add(segment);
      }
    }
    for (int i = 0; i < path.length(); i++) {
      if (Character.isISOControl(path.charAt(i))) {
        return new Malformed("path (expected: no control characters)");
      }
    }
    boolean endsWithSlash = !segments.isEmpty() && path.endsWith("/");
    return new Path(List.copyOf(segments), query, endsWithSlash);
  }

  /**
   * Where the path of {@code http://authority/path} begins, or -1; an authority without a host is
   * none, and neither is one that names a user (RFC 9110 §4.2.1, §4.2.4).
   */
  private static int pathOfAbsoluteForm(String raw) {
    String lower = raw.substring(0, Math.min(8, raw.length())).toLowerCase(Locale.ROOT);
    int authority = lower.startsWith("http://") ? 7 : lower.startsWith("https://") ? 8 : -1;
    if (authority < 0) {
      return -1;
    }
    int end = authority;
    while (end < raw.length() && "/?#".indexOf(raw.charAt(end)) < 0) {
      end++;
    }
    return Authority.parse(raw.substring(authority, end)).isPresent() ? end : -1;
  }

  private static String decode(String raw, int end) throws CharacterCodingException {
    if (isPlain(raw, end)) {
      return raw.substring(0, end);
    }
    byte[] bytes = new byte[end];
    int length = 0;
    for (int i = 0; i < end; i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < end ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = i + 2 < end ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new CharacterCodingException();
        }
        c = (char) (high * 16 + low);
        i += 2;
      }
      bytes[length++] = (byte) c;
    }
    CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length));
    return text.toString();
  }

  /** Whether it means what it says: ASCII without percent signs, as nearly all are. */
  private static boolean isPlain(String raw, int end) {
    for (int i = 0; i < end; i++) {
      char c = raw.charAt(i);
      if (c == '%' || c > '~') {
        return false;
      }
    }
    return true;
  }
}
