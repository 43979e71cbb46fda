package io.sluice.server.fleet;

import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.InFlightRange;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A store in memory that several fleets can share, and that can be made to be away. */
public final class MemoryStore implements MachineStore {
  private final Map<String, Change> machines = new HashMap<>();

  private record Covered(Coverage coverage, List<InFlightRange> sending) {}

  private final Map<String, Covered> coverage = new TreeMap<>();
  private final List<HistoryEntry> history = new ArrayList<>();
  private final boolean shared;
  private long revision;
  private boolean away;

  public MemoryStore(boolean shared) {
    this.shared = shared;
  }

  public void away(boolean isAway) {
    away = isAway;
  }

  private void reach() throws StoreException {
    if (away) {
      throw new StoreException("away", new IllegalStateException());
    }
  }

  @Override
  public synchronized Result write(List<Edit> edits, Position known) throws StoreException {
    reach();
    for (Edit edit : edits) {
      Change now = machines.get(edit.id());
      long actual = now == null || now.machine() == null ? 0 : now.revision();
      if (edit.expected() >= 0 && edit.expected() != actual) {
        return new Result.Stale(edit.id(), actual);
      }
      for (Change other : machines.values()) {
        Machine next = edit.next();
        Machine owner = other.machine();
        if (next != null && owner != null && !owner.id().equals(edit.id())) {
          for (MacAddress mac : next.macs()) {
            if (owner.macs().contains(mac)) {
              return new Result.Taken(edit.id(), "mac " + mac.colons(), owner.id());
            }
          }
        }
      }
    }
    List<Change> changes = new ArrayList<>();
    for (Edit edit : edits) {
      Change change = new Change(edit.id(), edit.next(), ++revision);
      machines.put(edit.id(), change);
      changes.add(change);
      if (edit.noted() != null) {
        history.add(edit.noted());
      }
    }
    return new Result.Written(changes, "");
  }

  @Override
  public synchronized News newsSince(Position known, Position newest) throws StoreException {
    reach();
    boolean complete = known.equals(Position.NOTHING);
    return new News(
        complete, changesAfter(known.revision()), List.of(), new Position(revision, "mark"));
  }

  /** What was changed after a revision. */
  public synchronized List<Change> changesAfter(long after) {
    return machines.values().stream()
        .filter(change -> change.revision() > after)
        .sorted((a, b) -> Long.compare(a.revision(), b.revision()))
        .toList();
  }

  @Override
  public void tryWriting() throws StoreException {
    reach();
  }

  @Override
  public void record(List<HistoryEntry> entries) throws StoreException {
    reach();
    history.addAll(entries);
  }

  @Override
  public List<HistoryEntry> history(String machine, int limit) throws StoreException {
    reach();
    List<HistoryEntry> own = new ArrayList<>();
    for (int i = history.size() - 1; i >= 0 && own.size() < limit; i--) {
      if (history.get(i).machine().equals(machine)) {
        own.add(history.get(i));
      }
    }
    return own;
  }

  @Override
  public List<Coverage> cover(List<Delivery> deliveries) throws StoreException {
    reach();
    List<Coverage> result = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      Coverage all = new Coverage(delivery.delivered().total());
      for (String name : delivery.names()) {
        Covered known =
            coverage.getOrDefault(delivery.token() + " " + name, new Covered(copy(all), List.of()));
        all.addAll(known.coverage());
        List<InFlightRange> sending = delivery.addTo(all, known.sending());
        coverage.put(delivery.token() + " " + name, new Covered(copy(all), sending));
      }
      result.add(all);
    }
    return result;
  }

  private static Coverage copy(Coverage coverage) {
    return Coverage.of(coverage.total(), coverage.text());
  }

  @Override
  public List<Coverage> covered(String token) throws StoreException {
    reach();
    return coverage.entrySet().stream()
        .filter(each -> each.getKey().startsWith(token + " "))
        .map(each -> copy(each.getValue().coverage()))
        .toList();
  }

  @Override
  public boolean isShared() {
    return shared;
  }

  @Override
  public void awaitChange(long millis) {}

  @Override
  public void close() {}
}
