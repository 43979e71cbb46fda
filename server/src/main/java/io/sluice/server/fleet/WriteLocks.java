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
 * Changes of one machine by this server follow each other. While one waits for a record that
 * somebody holds in the store, others of that machine do not wait there, too: they would take the
 * threads and connections that changes of other machines need.
 */
final class WriteLocks {
  /**
   * A write takes some milliseconds, some tens on a slow disk; whoever has waited this long waits
   * for somebody else. Less than a session waits for a lock.
   */
  private static final long PATIENCE_MILLIS = 500;

  private final Map<String, Line> lines = new ConcurrentHashMap<>();

  /** What has to be ended, so that others have their turn. */
  interface Turn {
    void end();
  }

  /** Those who want to write one machine. */
  private static final class Line {
    final Semaphore turn = new Semaphore(1);
    volatile long takenAt;
    int members;

    boolean isStuck() {
      return turn.availablePermits() == 0
          && System.nanoTime() - takenAt > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    }
  }

  /**
   * Takes the turn of a machine; edits of several take none.
   *
   * @param shared whether somebody else can hold a record; without others, writes only follow each
   *     other
   */
  Turn take(List<MachineStore.Edit> edits, boolean shared) throws StoreException {
    if (!shared || edits.size() != 1) {
      return () -> {};
    }
    String id = edits.get(0).id();
    Line line =
        lines.compute(
            id,
            (any, there) -> {
              Line joined = there == null ? new Line() : there;
              joined.members++;
              return joined;
            });
    if (!acquired(line)) {
      lines.compute(id, WriteLocks::left);
      throw new StoreException(
          id + ": an earlier change of it waits for the store", new IllegalStateException(id));
    }
    return () -> {
      line.turn.release();
      lines.compute(id, WriteLocks::left);
    };
  }

  private static boolean acquired(Line line) {
    try {
      boolean acquired =
          !line.isStuck() && line.turn.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      if (acquired) {
        line.takenAt = System.nanoTime();
      }
      return acquired;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static @Nullable Line left(String id, @Nullable Line line) {
    return line == null || --line.members == 0 ? null : line;
  }
}
