package io.sluice.bench.units;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A number of bytes a second.
 *
 * @param bytesPerSecond more than 0
 */
public record ByteRate(long bytesPerSecond) {
  private static final Pattern PER_SECOND = Pattern.compile("/s$", Pattern.CASE_INSENSITIVE);
  private static final Pattern BITS =
      Pattern.compile("(.*?)\\s*bit(?:/s)?$", Pattern.CASE_INSENSITIVE);

  /**
   * Reads bytes a second ({@code 110M}, {@code 110MB/s}) or bits a second ({@code 1Gbit}, {@code
   * 10Gbit/s}).
   *
   * @throws IllegalArgumentException when the text is not a rate above 0
   */
  public static ByteRate parse(String text) {
    String stripped = text.strip();
    var bits = BITS.matcher(stripped);
    try {
      long rate =
          bits.matches()
              ? ByteSize.parse(bits.group(1)).bytes() / Byte.SIZE
              : ByteSize.parse(PER_SECOND.matcher(stripped).replaceFirst("")).bytes();
      if (rate > 0) {
        return new ByteRate(rate);
      }
    } catch (IllegalArgumentException notASize) {
      // Falls through to the message that speaks of rates.
    }
    throw new IllegalArgumentException(
        "'" + text + "' (expected: bytes a second such as 110M, or bits such as 1Gbit)");
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s/s", ByteSize.text((double) bytesPerSecond));
  }
}
