package io.sluice.server.machines;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Bytes of an image that a server has begun to send, and of which it has not said yet how many
 * left. When it is killed it never will; then the machine's next request tells: what lies before
 * the place from which the machine goes on, it has.
 *
 * @param server that sends, by a name that is another after a restart
 * @param first position of the first byte
 * @param end position behind the last
 */
public record InFlightRange(String server, long first, long end) {
  /** Whether a machine that goes on from this place has been sent what lies before it. */
  boolean isGoneOnFrom(long place) {
    return first < place && place < end;
  }

  /** As text, such as {@code 3f2a:0-1048576 3f2a:2097152-4194304}. */
  public static String text(List<InFlightRange> all) {
    return all.stream()
        .map(each -> each.server + ":" + each.first + "-" + each.end)
        .collect(Collectors.joining(" "));
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws NumberFormatException when it is something else
   */
  public static List<InFlightRange> of(String text) {
    List<InFlightRange> all = new ArrayList<>();
    for (String each : text.split(" ", -1)) {
      int colon = each.indexOf(':');
      int dash = each.indexOf('-', colon + 1);
      if (colon > 0 && dash > 0) {
        all.add(
            new InFlightRange(
                each.substring(0, colon),
                Long.parseLong(each.substring(colon + 1, dash)),
                Long.parseLong(each.substring(dash + 1))));
      }
    }
    return all;
  }
}
