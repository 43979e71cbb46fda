package io.sluice.server.fleet;

import io.sluice.server.keyed.RateLimit;
import io.sluice.server.machines.Actor;
import io.sluice.server.machines.HistoryEntry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * What happens to machines, on its way to the store and to the listeners. Bounded: while the store
 * is away, the oldest entries are lost first. What clients bring about again and again, as when a
 * client asks for the same script without a pause, is noted once in a while ({@link
 * HistoryThrottle}).
 */
public final class Journal {
  /** Some minutes of a storm. */
  private static final int LONGEST = 16 * 1024;

  /** Shorter than the pause after which firmware asks again. */
  private static final Duration WHILE = Duration.ofSeconds(5);

  /** What a client may bring about as often as it likes. */
  private static final Set<String> ASKED_FOR =
      Set.of("script", "refused", "asset", "image", "wait", "seed");

  private static final int REMEMBERED = 4096;

  private final Clock clock;
  private final RateLimit<Noted> lately;
  private final Map<Kind, HistoryThrottle> throttles =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, HistoryThrottle> eldest) {
          if (size() <= REMEMBERED) {
            return false;
          }
          eldest.getValue().release().ifPresent(Journal.this::append);
          return true;
        }
      };
  private final Deque<HistoryEntry> waiting = new ArrayDeque<>();
  private final List<Consumer<HistoryEntry>> listeners = new CopyOnWriteArrayList<>();

  private record Noted(String machine, String event, String detail) {}

  private record Kind(String machine, String event) {}

  /** An empty journal. */
  public Journal(Clock clock) {
    this.clock = clock;
    this.lately = new RateLimit<>(clock, WHILE, REMEMBERED);
  }

  /** The time at which something happens now, as stores keep it. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /** What an operator asked for, to be stored together with the change it makes. */
  public HistoryEntry entry(String machine, String event, String detail, Actor by) {
    return new HistoryEntry(machine, now(), event, detail, by);
  }

  /** Tells the listeners of an entry that is stored. */
  void stored(HistoryEntry entry) {
    List<HistoryEntry> before;
    synchronized (waiting) {
      before = released(entry.machine());
      before.forEach(this::append);
    }
    tell(before);
    listeners.forEach(listener -> listener.accept(entry));
  }

  /** Notes that something happened; never waits. */
  public void note(String machine, String event, String detail) {
    HistoryEntry entry = new HistoryEntry(machine, now(), event, detail);
    Noted noted = new Noted(machine, event, detail);
    List<HistoryEntry> news = new ArrayList<>();
    synchronized (waiting) {
      if (ASKED_FOR.contains(event)) {
        if (!lately.tryAcquire(noted)) {
          return;
        }
        Kind kind = new Kind(machine, event);
        throttles
            .computeIfAbsent(kind, any -> new HistoryThrottle())
            .add(entry)
            .ifPresent(news::add);
      } else {
        // What led to this stands before it.
        news.addAll(released(machine));
        news.add(entry);
      }
      news.forEach(this::append);
    }
    tell(news);
  }

  private List<HistoryEntry> released(String machine) {
    List<HistoryEntry> released = new ArrayList<>();
    throttles.forEach(
        (kind, throttle) -> {
          if (kind.machine().equals(machine)) {
            throttle.release().ifPresent(released::add);
          }
        });
    return released;
  }

  private void append(HistoryEntry entry) {
    if (waiting.size() >= LONGEST) {
      waiting.removeFirst();
    }
    waiting.addLast(entry);
  }

  private void tell(List<HistoryEntry> news) {
    news.forEach(entry -> listeners.forEach(listener -> listener.accept(entry)));
  }

  /** Notes everything that is held back, before the end. */
  void release() {
    synchronized (waiting) {
      throttles.values().forEach(throttle -> throttle.release().ifPresent(this::append));
    }
  }

  /** Tells a listener of every entry from now on, on the thread that notes it. */
  public void listen(Consumer<HistoryEntry> listener) {
    listeners.add(listener);
  }

  /** Takes out what is to be stored, the oldest first. */
  List<HistoryEntry> take() {
    List<HistoryEntry> due = new ArrayList<>();
    List<HistoryEntry> taken;
    Instant now = clock.instant();
    synchronized (waiting) {
      throttles.values().forEach(throttle -> throttle.due(now).ifPresent(due::add));
      due.forEach(this::append);
      taken = new ArrayList<>(waiting);
      waiting.clear();
    }
    tell(due);
    return taken;
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
      throttles.forEach(
          (kind, throttle) -> {
            if (kind.machine().equals(machine)) {
              throttle.waiting().ifPresent(own::add);
            }
          });
      Collections.reverse(own);
      return own;
    }
  }
}
