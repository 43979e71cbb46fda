package io.sluice.server.egress;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides which image transfers may run now. Over the limits, requests wait in order of arrival:
 * clients that obey {@code Retry-After} are told when to come back, and their place is kept; all
 * others are held with their connection open. Any thread.
 *
 * <p>A client that was told its time comes back a little before its turn and is then held like any
 * other, so that no place stands empty while somebody waits.
 */
public final class Admission {
  /** How long before its expected turn a client is told to come back. */
  private static final long EARLY_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A client that has come back is held when its turn is expected within this time. */
  private static final long HOLD_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How long after its time the place of a client that was told to come back is kept. */
  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(2);

  /**
   * What a client is told at most: an estimate over a longer time is worth nothing, and a
   * connection on which nothing happens for longer may not be there any more.
   */
  private static final int MOST_SECONDS = 60;

  /** Who is told the most is told up to so much less, so that not all of them come at once. */
  private static final int SPREAD_SECONDS = 30;

  /**
   * A client is told to come back after this share of the time: a disk that has been read once, or
   * clients that are done sooner, can make the rest of the queue several times as fast. (64
   * machines, eight at once, five times as fast from the middle on: with 0.9 of the time the link
   * is idle for a quarter of it, with half of it for a thirtieth.)
   */
  private static final double SHARE_TOLD = 0.5;

  /** What those who have been held as long as a request is are told. */
  private static final int SECONDS_AFTER_WAIT = 30;

  /** What those who are turned away at the end of the server are told. */
  private static final int SECONDS_WHEN_CLOSED = 5;

  private final AdmissionLimits limits;
  private final SlotForecast forecast;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;
  private final AdmissionMeter meter;
  private final TreeMap<Long, Entry> queue = new TreeMap<>();
  private final Map<Object, Integer> runningByClient = new HashMap<>();
  private int running;
  private long arrivals;
  private boolean closed;

  /**
   * Admits nobody yet.
   *
   * @param timer where waits end
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Admission(
      AdmissionLimits limits,
      ScheduledExecutorService timer,
      LongSupplier nanoTime,
      AdmissionMeter meter) {
    this.limits = limits;
    this.timer = timer;
    this.nanoTime = nanoTime;
    this.meter = meter;
    this.forecast = new SlotForecast(limits.streams(), nanoTime);
  }

  /**
   * Who asks.
   *
   * @param client whose streams are counted together
   * @param comesBack empty when the client gives up on a 503; else what it is known by when it
   *     comes back
   * @param bytes how many it wants, at least 1
   */
  public record Applicant(Object client, Optional<Object> comesBack, long bytes) {}

  /** Told once, on any thread, what became of an applicant. */
  public interface Waiter {
    /** It may send now. */
    void admitted(Stream stream);

    /**
     * It is to ask again.
     *
     * @param seconds when, from 1
     */
    void refused(int seconds);
  }

  /** A transfer that runs. */
  public final class Stream implements BulkLane.ByteMeter, AutoCloseable {
    private final Object client;
    private final SlotForecast.Running progress;
    private boolean ended;

    private Stream(Object client, SlotForecast.Running progress) {
      this.client = client;
      this.progress = progress;
    }

    @Override
    public void sent(long bytes) {
      progress.sent(bytes);
    }

    /** It has ended, one way or another; the next may run. */
    @Override
    public void close() {
      synchronized (Admission.this) {
        if (ended) {
          return;
        }
        ended = true;
        running--;
        runningByClient.computeIfPresent(client, (any, count) -> count == 1 ? null : count - 1);
        forecast.ended(progress);
      }
      admitWhoIsNext();
    }
  }

  /** One who waits. */
  private final class Entry {
    private final Applicant applicant;
    private final long number;
    private final long since = nanoTime.getAsLong();

    /** Who is told, while the connection is held. */
    private Optional<Waiter> held = Optional.empty();

    /** Until when the place is kept, or the connection held. */
    private long until;

    private Future<?> endOfWait = CompletableFuture.completedFuture(null);

    Entry(Applicant applicant, long number) {
      this.applicant = applicant;
      this.number = number;
    }

    /** It is not held any more, and nothing keeps its connection in memory. */
    void letGo() {
      held = Optional.empty();
      endOfWait.cancel(false);
    }

    boolean isExpectedAs(Applicant other) {
      return held.isEmpty()
          && applicant.client().equals(other.client())
          && applicant.comesBack().equals(other.comesBack());
    }
  }

  /** The way out for one who waits. */
  public interface Ticket {
    /**
     * Gives the place up, because the client is gone.
     *
     * @return whether it was held until now; then the waiter hears of nothing any more
     */
    boolean cancel();
  }

  /** Asks for a stream; the waiter is told now or later. */
  public Ticket ask(Applicant applicant, Waiter waiter) {
    Runnable verdict;
    Entry entry;
    synchronized (this) {
      forgetWhoDidNotComeBack();
      Optional<Entry> known = placeKeptFor(applicant);
      entry = known.orElseGet(() -> new Entry(applicant, arrivals++));
      if (closed) {
        queue.remove(entry.number);
        verdict = refusal(waiter, SECONDS_WHEN_CLOSED, AdmissionMeter.Reason.SHUTDOWN);
      } else if (mayRunNow(entry)) {
        queue.remove(entry.number);
        verdict = admission(entry, waiter);
      } else {
        queue.put(entry.number, entry);
        verdict = waitFor(entry, waiter, known.isPresent());
      }
    }
    verdict.run();
    return () -> cancel(entry, waiter);
  }

  private Optional<Entry> placeKeptFor(Applicant applicant) {
    return applicant.comesBack().isEmpty()
        ? Optional.empty()
        : queue.values().stream().filter(entry -> entry.isExpectedAs(applicant)).findFirst();
  }

  /** Whether there is room, and nobody who is here was here before. */
  private boolean mayRunNow(Entry entry) {
    return hasRoom(entry.applicant)
        && queue.headMap(entry.number).values().stream()
            .noneMatch(earlier -> earlier.held.isPresent() && hasRoom(earlier.applicant));
  }

  private boolean hasRoom(Applicant applicant) {
    boolean room = limits.streams() == 0 || running < limits.streams();
    int ofClient = runningByClient.getOrDefault(applicant.client(), 0);
    return room && (limits.streamsPerClient() == 0 || ofClient < limits.streamsPerClient());
  }

  private Runnable admission(Entry entry, Waiter waiter) {
    running++;
    runningByClient.merge(entry.applicant.client(), 1, Integer::sum);
    Stream stream = new Stream(entry.applicant.client(), forecast.begun(entry.applicant.bytes()));
    long waited = nanoTime.getAsLong() - entry.since;
    return () -> {
      meter.admitted(waited);
      waiter.admitted(stream);
    };
  }

  private Runnable refusal(Waiter waiter, int seconds, AdmissionMeter.Reason reason) {
    return () -> {
      meter.refused(reason);
      waiter.refused(seconds);
    };
  }

  private Runnable waitFor(Entry entry, Waiter waiter, boolean hasComeBack) {
    if (entry.applicant.comesBack().isEmpty()) {
      hold(entry, waiter, limits.longestWait().toNanos());
      return () -> {};
    }
    long expected = forecast.nanosUntilSlot(bytesBefore(entry));
    if (hasComeBack && expected <= HOLD_NANOS) {
      hold(entry, waiter, HOLD_NANOS);
      return () -> {};
    }
    return tellWhen(entry, waiter, expected);
  }

  private Runnable tellWhen(Entry entry, Waiter waiter, long expected) {
    long wait = TimeUnit.NANOSECONDS.toSeconds((long) (expected * SHARE_TOLD) - EARLY_NANOS);
    long most = MOST_SECONDS - SPREAD_SECONDS + entry.number % SPREAD_SECONDS;
    int seconds = (int) Math.max(1, Math.min(most, wait));
    entry.letGo();
    entry.until = nanoTime.getAsLong() + TimeUnit.SECONDS.toNanos(seconds) + KEPT_NANOS;
    return refusal(waiter, seconds, AdmissionMeter.Reason.COME_BACK);
  }

  private List<Long> bytesBefore(Entry entry) {
    return queue.headMap(entry.number).values().stream()
        .map(earlier -> earlier.applicant.bytes())
        .toList();
  }

  private void hold(Entry entry, Waiter waiter, long nanos) {
    entry.held = Optional.of(waiter);
    entry.until = nanoTime.getAsLong() + nanos;
    entry.endOfWait =
        timer.schedule(() -> waitedLongEnough(entry, waiter), nanos, TimeUnit.NANOSECONDS);
  }

  private void waitedLongEnough(Entry entry, Waiter waiter) {
    Runnable verdict;
    synchronized (this) {
      boolean over = entry.until - nanoTime.getAsLong() <= 0;
      if (!over || entry.held.filter(held -> held == waiter).isEmpty()) {
        return;
      }
      if (entry.applicant.comesBack().isPresent()) {
        verdict = tellWhen(entry, waiter, forecast.nanosUntilSlot(bytesBefore(entry)));
      } else {
        queue.remove(entry.number);
        entry.letGo();
        verdict = refusal(waiter, SECONDS_AFTER_WAIT, AdmissionMeter.Reason.WAITED_TOO_LONG);
      }
    }
    verdict.run();
  }

  private synchronized boolean cancel(Entry entry, Waiter waiter) {
    if (entry.held.filter(held -> held == waiter).isEmpty()) {
      return false;
    }
    queue.remove(entry.number);
    entry.letGo();
    return true;
  }

  private synchronized void forgetWhoDidNotComeBack() {
    long now = nanoTime.getAsLong();
    queue.values().removeIf(entry -> entry.held.isEmpty() && entry.until - now < 0);
  }

  private void admitWhoIsNext() {
    List<Runnable> verdicts = new ArrayList<>();
    synchronized (this) {
      for (Entry entry : List.copyOf(queue.values())) {
        if (limits.streams() > 0 && running >= limits.streams()) {
          break;
        }
        if (entry.held.isPresent() && hasRoom(entry.applicant)) {
          queue.remove(entry.number);
          verdicts.add(admission(entry, entry.held.get()));
          entry.letGo();
        }
      }
    }
    verdicts.forEach(Runnable::run);
  }

  /** The server ends: whoever waits is turned away, and nobody waits any more. */
  public void close() {
    List<Runnable> verdicts = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (Entry entry : queue.values()) {
        entry.held.ifPresent(
            waiter ->
                verdicts.add(refusal(waiter, SECONDS_WHEN_CLOSED, AdmissionMeter.Reason.SHUTDOWN)));
        entry.letGo();
      }
      queue.clear();
    }
    verdicts.forEach(Runnable::run);
  }

  /** How many transfers run. */
  public synchronized int running() {
    return running;
  }

  /** How many are held with their connection open. */
  public synchronized long held() {
    return queue.values().stream().filter(entry -> entry.held.isPresent()).count();
  }

  /** How many were told to come back and have a place kept. */
  public synchronized long expected() {
    forgetWhoDidNotComeBack();
    return queue.values().stream().filter(entry -> entry.held.isEmpty()).count();
  }
}
