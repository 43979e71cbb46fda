package io.sluice.server.boot;

import io.sluice.server.http.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A store in memory that several fleets can share, and that can be made to be away. */
public final class MemoryStore implements MachineStore {
  private final Map<String, Change> machines = new HashMap<>();
  private final Map<String, Coverage> coverage = new HashMap<>();
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
    return new Result.Written(changes);
  }

  @Override
  public synchronized News newsSince(Position known) throws StoreException {
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
  public Coverage cover(String token, String image, Coverage delivered) throws StoreException {
    reach();
    Coverage all =
        coverage.computeIfAbsent(token + " " + image, any -> new Coverage(delivered.total()));
    all.addAll(delivered);
    return all.copy();
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
