package io.sluice.server.files;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * What RFC 9110 §14 says of a {@code Range} field, spelled out without cleverness: numbers of any
 * size, sets of bytes, every pair of ranges compared.
 */
final class NaiveRanges {
  private NaiveRanges() {}

  /** A range as it was asked for; what was left out is empty. */
  record Asked(String first, String last) {
    @Override
    public String toString() {
      return first + "-" + last;
    }
  }

  static RangeHeader answer(List<Asked> asked, int size) {
    List<ByteRange> found = new ArrayList<>();
    for (Asked one : asked) {
      boolean neither = one.first().isEmpty() && one.last().isEmpty();
      boolean both = !one.first().isEmpty() && !one.last().isEmpty();
      if (neither
          || (both && new BigInteger(one.last()).compareTo(new BigInteger(one.first())) < 0)) {
        return new RangeHeader.Ignored();
      }
      bytes(one, size).ifPresent(found::add);
    }
    if (asked.isEmpty()) {
      return new RangeHeader.Ignored();
    }
    return found.isEmpty() || asked.size() > 64 || overlapping(found) > 2
        ? new RangeHeader.Refused()
        : new RangeHeader.Satisfiable(found);
  }

  /** Goes through all bytes of the file and keeps those the range speaks of. */
  private static Optional<ByteRange> bytes(Asked one, int size) {
    BitSet wanted = new BitSet();
    for (int i = 0; i < size; i++) {
      BigInteger position = BigInteger.valueOf(i);
      boolean in;
      if (one.first().isEmpty()) {
        in = BigInteger.valueOf(size - i).compareTo(new BigInteger(one.last())) <= 0;
      } else {
        in =
            position.compareTo(new BigInteger(one.first())) >= 0
                && (one.last().isEmpty() || position.compareTo(new BigInteger(one.last())) <= 0);
      }
      wanted.set(i, in);
    }
    return wanted.isEmpty()
        ? Optional.empty()
        : Optional.of(new ByteRange(wanted.nextSetBit(0), wanted.length() - 1));
  }

  /** How many ranges share a byte with one that begins before them, or beside them in the list. */
  private static int overlapping(List<ByteRange> ranges) {
    int count = 0;
    for (int i = 0; i < ranges.size(); i++) {
      boolean overlaps = false;
      for (int j = 0; j < ranges.size(); j++) {
        ByteRange a = ranges.get(j);
        ByteRange b = ranges.get(i);
        boolean before = a.first() < b.first() || (a.first() == b.first() && j < i);
        overlaps |= before && a.last() >= b.first();
      }
      count += overlaps ? 1 : 0;
    }
    return count;
  }
}
