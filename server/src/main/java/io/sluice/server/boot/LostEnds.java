package io.sluice.server.boot;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends of installations that a store has lost: it was restored, or is a replica that lacks the last
 * seconds, and says that an installation is open of which memory knows that it is over. Somebody
 * was told so, and the machine may be in use; it must not be installed again because of that.
 */
final class LostEnds {
  private final Map<String, StoredMachine> ends = new ConcurrentHashMap<>();

  /**
   * Compares memory with the store that has gone back.
   *
   * @param change a machine as the store has it
   */
  void find(Inventory memory, MachineStore.Change change, Instant now) {
    Machine machine = change.machine();
    if (machine == null || !machine.installation().isOpen()) {
      return;
    }
    Installation open = machine.installation();
    Optional<Installation> known =
        memory.byId(change.id()).map(stored -> stored.machine().installation());
    Installation end = open;
    if (known.isPresent() && known.get().isNamedBy(open.token())) {
      end = known.get().isOpen() ? open : known.get();
    } else if (known.isPresent()
        ? known.get().requested().isAfter(open.requested())
        : memory.goneAt(change.id()).orElse(0) > change.revision()) {
      end = open.cancelled(now);
    }
    if (!end.isOpen()) {
      ends.put(change.id(), new StoredMachine(machine.with(end), change.revision()));
    }
  }

  /** Machines as they have to be written. */
  Iterable<StoredMachine> all() {
    return ends.values();
  }

  /** It is written, or somebody else has changed the machine meanwhile. */
  void settle(StoredMachine ended) {
    ends.remove(ended.machine().id(), ended);
  }

  boolean isEmpty() {
    return ends.isEmpty();
  }
}
