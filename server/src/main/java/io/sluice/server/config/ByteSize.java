package io.sluice.server.config;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes as people write them. */
final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?:([KMGT])(i?))?B?");
  private static final String PREFIXES = "KMGT";

  private ByteSize() {}

  /**
   * Reads a size: digits, then K, M, G or T for powers of 1000, or Ki, Mi, Gi or Ti for those of
   * 1024, then perhaps B.
   *
   * @return empty when it is none, or more than a long can hold
   */
  static OptionalLong parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return OptionalLong.empty();
    }
    long size = Long.parseLong(parts.group(1));
    int power = parts.group(2) == null ? 0 : PREFIXES.indexOf(parts.group(2)) + 1;
    int base = "i".equals(parts.group(3)) ? 1024 : 1000;
    try {
      for (int i = 0; i < power; i++) {
        size = Math.multiplyExact(size, base);
      }
    } catch (ArithmeticException tooMuch) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(size);
  }
}
