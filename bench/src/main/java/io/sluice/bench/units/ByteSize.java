package io.sluice.bench.units;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes.
 *
 * @param bytes at least 0
 */
public record ByteSize(long bytes) {
  private static final Pattern TEXT =
      Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(?:([KMGT])(I?))?B?", Pattern.CASE_INSENSITIVE);
  private static final String PREFIXES = "KMGT";

  /**
   * Reads {@code 512}, {@code 64M} (powers of 1000) or {@code 1GiB} (powers of 1024).
   *
   * @throws IllegalArgumentException when the text is not a size
   */
  public static ByteSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' (expected: a number of bytes such as 512, 64M or 1GiB)");
    }
    double value = Double.parseDouble(matcher.group(1));
    String prefix = matcher.group(2);
    if (prefix != null) {
      int power = PREFIXES.indexOf(prefix.toUpperCase(Locale.ROOT)) + 1;
      value *= Math.pow(matcher.group(3).isEmpty() ? 1000 : 1024, power);
    }
    return new ByteSize(Math.round(value));
  }

  /** The size in the largest power of 1000 that leaves at least one unit, as {@code 1.07 GB}. */
  public static String text(double bytes) {
    double value = bytes;
    int power = 0;
    while (value >= 999.5 && power < PREFIXES.length()) {
      value /= 1000;
      power++;
    }
    String unit = power == 0 ? "B" : PREFIXES.charAt(power - 1) + "B";
    String digits = value >= 100 || power == 0 ? "%.0f %s" : value >= 10 ? "%.1f %s" : "%.2f %s";
    return String.format(Locale.ROOT, digits, value, unit);
  }

  @Override
  public String toString() {
    return text((double) bytes);
  }
}
