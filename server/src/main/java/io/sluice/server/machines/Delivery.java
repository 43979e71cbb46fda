package io.sluice.server.machines;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What one server has delivered of one form of an image in one installation, as a store is told. A
 * value.
 *
 * @param token of the installation
 * @param names of the bytes: what is delivered under one of them is under the next, too
 * @param server that delivers, by a name that is another after a restart
 * @param delivered what has left
 * @param sending what it is sending
 * @param resumed places from which the machine went on
 */
public record Delivery(
    String token,
    List<String> names,
    String server,
    Coverage delivered,
    List<InFlightRange> sending,
    Set<Long> resumed) {
  /** The most that is kept of what is being sent. */
  private static final int MOST_SENDING = 64;

  /** Copies what could be changed. */
  public Delivery {
    names = List.copyOf(names);
    delivered = delivered.copy();
    sending = List.copyOf(sending);
    resumed = Set.copyOf(resumed);
  }

  /**
   * Adds all of this to what is known.
   *
   * @param all what was delivered, to be changed
   * @param known what was being sent
   * @return what is being sent now
   */
  public List<InFlightRange> addTo(Coverage all, List<InFlightRange> known) {
    all.addAll(delivered);
    List<InFlightRange> next = new ArrayList<>(sending);
    for (InFlightRange other : known) {
      if (other.server().equals(server)) {
        continue;
      }
      for (long place : resumed) {
        if (other.isGoneOnFrom(place)) {
          all.add(other.first(), place - other.first());
        }
      }
      next.add(other);
    }
    return List.copyOf(next.subList(0, Math.min(MOST_SENDING, next.size())));
  }
}
