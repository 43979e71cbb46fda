package io.sluice.server.fleet;

import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A lock for each machine, which this server holds while it writes the machine. While one write
 * waits for a record that another server has locked in the store, further writes of that machine do
 * not wait there, too: they would take the threads and connections that other machines need.
 */
final class WriteLocks {
  /**
   * A write takes some milliseconds, some tens on a slow disk; a write that has waited this long
   * waits for another server. Less than a session waits for a lock.
   */
  private static final long WAIT_MILLIS = 500;

  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** A lock that is held. */
  interface Held {
    /** Lets the next write of the machine begin. */
    void release();
  }

  /** The lock of one machine, and how many writes hold it or wait for it. */
  private static final class Entry {
    final Semaphore permit = new Semaphore(1);
    volatile long takenAt;
    int writes;

    boolean isStuck() {
      return permit.availablePermits() == 0
          && System.nanoTime() - takenAt > TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS);
    }
  }

  /**
   * Takes the lock of a machine; edits of several machines take none.
   *
   * @param shared whether other servers can lock a record; without them no write waits for long
   */
  Held take(List<MachineStore.Edit> edits, boolean shared) throws StoreException {
    if (!shared || edits.size() != 1) {
      return () -> {};
    }
    String id = edits.get(0).id();
    Entry entry =
        entries.compute(
            id,
            (any, there) -> {
              Entry joined = there == null ? new Entry() : there;
              joined.writes++;
              return joined;
            });
    if (!acquired(entry)) {
      entries.compute(id, WriteLocks::left);
      throw new StoreException(
          id + ": an earlier change of it waits for the store", new IllegalStateException(id));
    }
    return () -> {
      entry.permit.release();
      entries.compute(id, WriteLocks::left);
    };
  }

  private static boolean acquired(Entry entry) {
    try {
      boolean acquired =
          !entry.isStuck() && entry.permit.tryAcquire(WAIT_MILLIS, TimeUnit.MILLISECONDS);
      if (acquired) {
        entry.takenAt = System.nanoTime();
      }
      return acquired;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static @Nullable Entry left(String id, @Nullable Entry entry) {
    return entry == null || --entry.writes == 0 ? null : entry;
  }
}
