package io.sluice.server.machines;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The names that a client may have meant by one that is not there. */
public final class NearestNames {
  private static final int SHOWN = 3;

  /** Letters that are wrong in a name that was mistyped. */
  private static final int MISTYPED = 2;

  /** Names that are compared at most: a stranger may ask for as many wrong ones as it likes. */
  private static final int LOOKED_AT = 5000;

  /** Characters of a name that are compared. */
  private static final int COMPARED = 64;

  private NearestNames() {}

  /** Names that are there, the most similar first, to be put behind "expected: one there is". */
  public static String of(String wanted, Collection<String> names) {
    List<String> nearest =
        names.stream()
            .sorted(
                Comparator.comparingInt((String name) -> distance(wanted, name))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(SHOWN)
            .toList();
    return nearest.isEmpty() ? "; there is none" : ", such as " + String.join(", ", nearest);
  }

  /**
   * Names that a client may have mistyped, to be put behind "expected: one there is"; empty when
   * none is near.
   */
  public static String similar(String wanted, Stream<String> names) {
    List<String> near =
        names
            .filter(name -> Math.abs(name.length() - wanted.length()) <= MISTYPED)
            .limit(LOOKED_AT)
            .filter(name -> distance(wanted, name) <= MISTYPED)
            .sorted(
                Comparator.comparingInt((String name) -> distance(wanted, name))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(SHOWN)
            .toList();
    return near.isEmpty() ? "" : ", such as " + String.join(", ", near);
  }

  /** How many letters have to be put in, left out or changed (Levenshtein). */
  private static int distance(String from, String to) {
    String first = compared(from);
    String second = compared(to);
    int[] costs = new int[second.length() + 1];
    for (int j = 0; j < costs.length; j++) {
      costs[j] = j;
    }
    for (int i = 1; i <= first.length(); i++) {
      int diagonal = costs[0];
      costs[0] = i;
      for (int j = 1; j < costs.length; j++) {
        int changed = diagonal + (first.charAt(i - 1) == second.charAt(j - 1) ? 0 : 1);
        diagonal = costs[j];
        costs[j] = Math.min(changed, Math.min(costs[j], costs[j - 1]) + 1);
      }
    }
    return costs[second.length()];
  }

  private static String compared(String name) {
    return name.substring(0, Math.min(COMPARED, name.length())).toLowerCase(Locale.ROOT);
  }
}
