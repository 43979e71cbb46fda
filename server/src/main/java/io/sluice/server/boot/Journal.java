package io.sluice.server.boot;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * What happens to machines, on its way to the store and to whoever listens. Bounded: while the
 * store is away, the oldest entries are lost first.
 */
public final class Journal {
  /** Some minutes of a storm. */
  private static final int LONGEST = 16 * 1024;

  private final Clock clock;
  private final Deque<HistoryEntry> waiting = new ArrayDeque<>();
  private final List<Consumer<HistoryEntry>> listeners = new CopyOnWriteArrayList<>();

  /** An empty journal. */
  public Journal(Clock clock) {
    this.clock = clock;
  }

  /** Notes that something happened; never waits. */
  public void note(String machine, String event, String detail) {
    HistoryEntry entry = new HistoryEntry(machine, clock.instant(), event, detail);
    synchronized (waiting) {
      if (waiting.size() >= LONGEST) {
        waiting.removeFirst();
      }
      waiting.addLast(entry);
    }
    listeners.forEach(listener -> listener.accept(entry));
  }

  /** Tells somebody of every entry from now on, on the thread that notes it. */
  public void listen(Consumer<HistoryEntry> listener) {
    listeners.add(listener);
  }

  /** Takes out what is to be stored, the oldest first. */
  List<HistoryEntry> take() {
    synchronized (waiting) {
      List<HistoryEntry> taken = new ArrayList<>(waiting);
      waiting.clear();
      return taken;
    }
  }

  /** Puts back what could not be stored. */
  void putBack(List<HistoryEntry> entries) {
    synchronized (waiting) {
      for (int i = entries.size() - 1; i >= 0 && waiting.size() < LONGEST; i--) {
        waiting.addFirst(entries.get(i));
      }
    }
  }

  /** The entries of a machine that are not stored yet, the newest first. */
  List<HistoryEntry> waiting(String machine) {
    synchronized (waiting) {
      List<HistoryEntry> own = new ArrayList<>();
      waiting.stream().filter(entry -> entry.machine().equals(machine)).forEach(own::add);
      Collections.reverse(own);
      return own;
    }
  }
}
