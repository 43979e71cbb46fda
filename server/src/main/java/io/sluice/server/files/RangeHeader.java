package io.sluice.server.files;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@code Range} field asks of a file of a known size (RFC 9110 §14.2). Pure: text in, value
 * out.
 */
sealed interface RangeHeader {
  /** More ranges than this in one request are refused: no boot client asks for more than a few. */
  int MAX_RANGES = 64;

  /**
   * More overlapping ranges than this are refused (RFC 9110 §14.2 speaks of "more than two
   * overlapping ranges").
   */
  int MAX_OVERLAPPING = 2;

  /** The field is not obeyed: another unit, or no valid syntax. The whole file is sent. */
  record Ignored() implements RangeHeader {}

  /** 416: none of the ranges has a byte of the file, or there are too many of them. */
  record Refused() implements RangeHeader {}

  /**
   * 206.
   *
   * @param ranges at least one, in the order in which they were asked for, each within the file
   */
  record Satisfiable(List<ByteRange> ranges) implements RangeHeader {}

  /** range-set of the bytes unit with its optional white space and empty list elements. */
  Pattern BYTES = Pattern.compile("bytes=([0-9,\\t -]+)");

  /** int-range or suffix-range. */
  Pattern SPEC = Pattern.compile("(\\d*)-(\\d*)");

  /**
   * Reads a field.
   *
   * @param value such as {@code bytes=0-99,-1}
   * @param size of the file, in bytes
   */
  static RangeHeader parse(String value, long size) {
    Matcher set = BYTES.matcher(value.trim().toLowerCase(Locale.ROOT));
    if (!set.matches()) {
      return new Ignored();
    }
    List<ByteRange> ranges = new ArrayList<>();
    int asked = 0;
    for (String element : set.group(1).split(",", -1)) {
      String spec = element.strip();
      if (spec.isEmpty()) {
        continue;
      }
      Matcher parts = SPEC.matcher(spec);
      if (!parts.matches() || isBackwards(parts) || spec.equals("-")) {
        return new Ignored();
      }
      asked++;
      resolve(parts, size).ifPresent(ranges::add);
    }
    if (asked == 0) {
      return new Ignored();
    }
    return ranges.isEmpty() || asked > MAX_RANGES || overlapTooMuch(ranges)
        ? new Refused()
        : new Satisfiable(List.copyOf(ranges));
  }

  private static boolean isBackwards(Matcher parts) {
    return !parts.group(1).isEmpty()
        && !parts.group(2).isEmpty()
        && new BigInteger(parts.group(2)).compareTo(new BigInteger(parts.group(1))) < 0;
  }

  private static Optional<ByteRange> resolve(Matcher parts, long size) {
    long first;
    long last = size - 1;
    if (parts.group(1).isEmpty()) {
      long suffix = position(parts.group(2));
      first = suffix == 0 ? size : Math.max(0, size - suffix);
    } else {
      first = position(parts.group(1));
      if (!parts.group(2).isEmpty()) {
        last = Math.min(last, position(parts.group(2)));
      }
    }
    return first < size ? Optional.of(new ByteRange(first, last)) : Optional.empty();
  }

  /** A position; one that no file can have counts as the largest there is. */
  private static long position(String digits) {
    String significant = digits.replaceFirst("^0+(?=\\d)", "");
    return significant.length() > 18 ? Long.MAX_VALUE : Long.parseLong(significant);
  }

  private static boolean overlapTooMuch(List<ByteRange> ranges) {
    List<ByteRange> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(ByteRange::first));
    long end = -1;
    int overlapping = 0;
    for (ByteRange range : sorted) {
      if (range.first() <= end) {
        overlapping++;
      }
      end = Math.max(end, range.last());
    }
    return overlapping > MAX_OVERLAPPING;
  }
}
