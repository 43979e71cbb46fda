package io.sluice.server.fleet;

import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Fleets for tests. */
public final class TestFleet {
  private TestFleet() {}

  /** A fleet without machines, on a store of its own. */
  public static Fleet empty(Clock clock) {
    return on(new MemoryStore(false), clock);
  }

  /** A fleet that has looked at its store once. */
  public static Fleet on(MachineStore store, Clock clock) {
    Fleet fleet =
        new Fleet(
            store,
            new Journal(clock),
            new Freshness(store.isShared(), () -> clock.millis() * 1_000_000));
    try {
      fleet.look();
    } catch (StoreException away) {
      // Then it knows nothing yet.
    }
    return fleet;
  }

  /** Installations in a fleet. */
  public static Installations installations(Fleet fleet, Clock clock) {
    AtomicLong tokens = new AtomicLong();
    return new Installations(fleet, clock, () -> "token-" + tokens.incrementAndGet());
  }
}
