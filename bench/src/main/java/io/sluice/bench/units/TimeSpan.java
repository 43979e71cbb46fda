package io.sluice.bench.units;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes spans of time the way people do. */
public final class TimeSpan {
  private static final Pattern TEXT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(us|ms|s|m|h)?");

  private TimeSpan() {}

  /**
   * Reads {@code 200ms}, {@code 5s}, {@code 2m}, {@code 1h}; a bare number is seconds.
   *
   * @throws IllegalArgumentException when the text is not a span of time
   */
  public static Duration parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' (expected: a time such as 200ms, 5s or 2m)");
    }
    String unit = matcher.group(2);
    double seconds =
        switch (unit == null ? "s" : unit) {
          case "us" -> 1e-6;
          case "ms" -> 1e-3;
          case "m" -> 60;
          case "h" -> 3600;
          default -> 1;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(matcher.group(1)) * seconds * 1e9));
  }

  /** Milliseconds in the unit that reads best, as {@code 850 us}, {@code 12.3 ms}, {@code 4 m}. */
  public static String text(double millis) {
    if (millis < 1) {
      return String.format(Locale.ROOT, "%.0f us", millis * 1000);
    }
    if (millis < 1000) {
      return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : "%.0f ms", millis);
    }
    if (millis < 120_000) {
      return String.format(Locale.ROOT, millis < 10_000 ? "%.2f s" : "%.0f s", millis / 1000);
    }
    return String.format(Locale.ROOT, "%.1f min", millis / 60_000);
  }
}
