package io.sluice.bench.units;

import java.util.Locale;

/**
 * How often something happens.
 *
 * @param perSecond at least 0; 0 means never
 */
public record Frequency(double perSecond) {
  /**
   * Reads {@code 20/s}, {@code 20} or {@code 90/m}.
   *
   * @throws IllegalArgumentException when the text is not a frequency
   */
  public static Frequency parse(String text) {
    String stripped = text.strip().toLowerCase(Locale.ROOT);
    double divisor = stripped.endsWith("/m") ? 60 : 1;
    String digits =
        stripped.endsWith("/m") || stripped.endsWith("/s")
            ? stripped.substring(0, stripped.length() - 2)
            : stripped;
    try {
      double perSecond = Double.parseDouble(digits) / divisor;
      if (perSecond >= 0 && Double.isFinite(perSecond)) {
        return new Frequency(perSecond);
      }
    } catch (NumberFormatException notANumber) {
      // Falls through to the message below.
    }
    throw new IllegalArgumentException("'" + text + "' (expected: a frequency such as 20/s)");
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s/s", perSecond);
  }
}
