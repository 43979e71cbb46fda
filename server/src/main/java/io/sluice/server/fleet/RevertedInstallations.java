package io.sluice.server.fleet;

import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoredMachine;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Installations that are over, as memory knows, and open again in a store that has lost their end:
 * it was restored, or is a replica that lacks the last seconds. A client was told of the end, and
 * the machine may be in use; it must not be installed again because of that.
 */
final class RevertedInstallations {
  /** The latest ends are kept of those that a store has lost altogether; 300 bytes each. */
  private static final int MOST_VANISHED = 10_000;

  private final Map<String, StoredMachine> ends = new ConcurrentHashMap<>();

  /**
   * Ends by token of installations that a store does not have any more: it was emptied, or filled
   * with what is older, and may be filled again with what it had before.
   */
  private final Map<String, Installation> vanished = new ConcurrentHashMap<>();

  /**
   * Keeps the ends of installations that a store which has gone back knows nothing of.
   *
   * @param memory what was known before
   * @param tokens of the installations that the store has
   */
  void keep(Inventory memory, Set<String> tokens) {
    memory
        .after("")
        .map(stored -> stored.machine().installation())
        .filter(installation -> !tokens.contains(installation.token()))
        .filter(installation -> installation.ended() != null && !installation.isOpen())
        .sorted(Comparator.comparing(RevertedInstallations::endedAt).reversed())
        .limit(Math.max(0, MOST_VANISHED - vanished.size()))
        .forEach(end -> vanished.put(end.token(), end));
  }

  private static Instant endedAt(Installation installation) {
    Instant ended = installation.ended();
    return ended == null ? Instant.EPOCH : ended;
  }

  /** Looks whether what a store has again was over before the store was emptied. */
  void find(MachineStore.Change change) {
    Machine machine = change.machine();
    if (machine == null || vanished.isEmpty() || !machine.installation().isOpen()) {
      return;
    }
    Installation end = vanished.get(machine.installation().token());
    if (end != null) {
      ends.put(change.id(), new StoredMachine(machine.with(end), change.revision()));
    }
  }

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

  /** It is written, or another server has changed the machine meanwhile. */
  void settle(StoredMachine ended) {
    ends.remove(ended.machine().id(), ended);
  }

  boolean isEmpty() {
    return ends.isEmpty();
  }
}
