package io.sluice.server.cli;

import java.util.Locale;

/** Numbers of bytes as people read them. */
final class ByteCount {
  private static final int STEP = 1024;
  private static final String UNITS = "KMGTPE";

  private ByteCount() {}

  /** Such as {@code 512 B} or {@code 1.5 GiB}. */
  static String of(long bytes) {
    if (bytes < STEP) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / Math.pow(STEP, unit);
    String number = String.format(Locale.ROOT, "%.1f", value);
    return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number)
        + " "
        + UNITS.charAt(unit - 1)
        + "iB";
  }

  /** The same with the exact number, such as {@code 1.5 KiB (1536 bytes)}. */
  static String exactly(long bytes) {
    return bytes < STEP ? bytes + " bytes" : of(bytes) + " (" + bytes + " bytes)";
  }
}
