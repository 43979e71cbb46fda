package io.sluice.server.machines;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An Ethernet address in the one spelling the server uses inside: lower case, colons.
 *
 * @param colons such as {@code 52:54:00:12:34:56}
 */
public record MacAddress(String colons) {
  private static final Pattern SPELLINGS =
      Pattern.compile(
          "[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}"
              + "|[0-9a-f]{4}\\.[0-9a-f]{4}\\.[0-9a-f]{4}|[0-9a-f]{12}",
          Pattern.CASE_INSENSITIVE);
  private static final int LONGEST = 17;

  /**
   * Reads an address with colons, hyphens, dots ({@code aabb.ccdd.eeff}) or nothing between its
   * digits, in either case: the spellings of iPXE's {@code mac}, {@code mac:hexhyp} and {@code
   * mac:hexraw}, and Cisco's.
   *
   * @return empty for anything else, mixed separators included
   */
  public static Optional<MacAddress> parse(String text) {
    if (isCanonical(text)) {
      return Optional.of(new MacAddress(text));
    }
    if (text.length() > LONGEST || !SPELLINGS.matcher(text).matches()) {
      return Optional.empty();
    }
    String digits = text.replaceAll("[:.-]", "").toLowerCase(Locale.ROOT);
    return Optional.of(
        new MacAddress(HexFormat.ofDelimiter(":").formatHex(HexFormat.of().parseHex(digits))));
  }

  /** Whether it is in the spelling used inside; that of every record that is looked at. */
  private static boolean isCanonical(String text) {
    if (text.length() != LONGEST) {
      return false;
    }
    for (int i = 0; i < LONGEST; i++) {
      char c = text.charAt(i);
      boolean digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      if (i % 3 == 2 ? c != ':' : !digit) {
        return false;
      }
    }
    return true;
  }
}
