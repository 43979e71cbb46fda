package io.sluice.bench.client;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Reads the text of an answer's head: text in, value out. */
final class HeadParser {
  private HeadParser() {}

  /**
   * Reads a status line and fields (RFC 9112, sections 4 and 5), without the empty line.
   *
   * @throws MalformedAnswer when it is something else
   */
  static ResponseHead parse(String text) throws MalformedAnswer {
    String[] lines = text.split("\r?\n", -1);
    String statusLine = lines[0];
    if (!statusLine.startsWith("HTTP/1.") || statusLine.length() < 12) {
      throw new MalformedAnswer(excerpt(statusLine));
    }
    int minor = statusLine.charAt(7) - '0';
    int status = status(statusLine);
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].isEmpty()) {
        continue;
      }
      int colon = lines[i].indexOf(':');
      if (colon <= 0) {
        throw new MalformedAnswer(excerpt(lines[i]));
      }
      String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
      fields.merge(name, lines[i].substring(colon + 1).strip(), (a, b) -> a + ", " + b);
    }
    return new ResponseHead(minor, status, Map.copyOf(fields));
  }

  private static int status(String line) throws MalformedAnswer {
    int status = 0;
    for (int i = 9; i < 12; i++) {
      int digit = line.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new MalformedAnswer(excerpt(line));
      }
      status = status * 10 + digit;
    }
    boolean wellFormed =
        line.charAt(8) == ' ' && status >= 100 && (line.length() == 12 || line.charAt(12) == ' ');
    if (!wellFormed) {
      throw new MalformedAnswer(excerpt(line));
    }
    return status;
  }

  private static String excerpt(String line) {
    String printable = line.replaceAll("[^\\x20-\\x7e]", "?");
    return "'" + (printable.length() > 60 ? printable.substring(0, 60) + "…" : printable) + "'";
  }
}
