package io.sluice.server.admission;

import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.ByteMeter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides which image transfers may run now. Over the limits, requests wait in order of arrival:
 * clients that obey {@code Retry-After} are told when to come back, and their place in the queue is
 * kept; all others are held with their connection open. Any thread.
 *
 * <p>A client that was told its time comes back a little before its turn and is then held like any
 * other. A client whose turn comes before it could be back is held at once. While a client is away
 * those behind it that are held may run: no slot stands empty while a request is held.
 */
public final class Admission {
  /** How long before its expected turn a client is told to come back. */
  private static final long EARLY_NANOS = TimeUnit.SECONDS.toNanos(2);

  /**
   * A client that has come back is held when its turn is expected within this time, and then for up
   * to twice as long, because its turn may come later.
   */
  private static final long NEAR_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** The same for one that comes for the first time: it could not be told to come back sooner. */
  private static final long SOONEST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** What a client is told at most: estimates beyond are worth nothing, and connections end. */
  private static final int MOST_SECONDS = 60;

  /** A client that is told the most is told up to so much less, so that not all come at once. */
  private static final int SPREAD_SECONDS = 30;

  /**
   * A client is told to come back after this share of the time: a disk that has been read once, or
   * clients that are done sooner, can make the rest of the queue several times as fast. (64
   * machines, eight at once, five times as fast from the middle on: with 0.9 of the time the link
   * is idle for a quarter of it, with half of it for a thirtieth.)
   */
  private static final double SHARE_TOLD = 0.5;

  /** What a client is told that was held as long as a request is. */
  private static final int SECONDS_AFTER_WAIT = 30;

  /** What a client is told that is refused at the end of the server. */
  private static final int SECONDS_WHEN_CLOSED = 5;

  private final AdmissionLimits limits;
  private final AdmissionForecast forecast;
  private final ScheduledExecutorService timer;
  private final AdmissionMeter meter;
  private final AdmissionQueue<Waiter> line;
  private final Map<Receiver, Integer> runningByClient = new HashMap<>();
  private int running;
  private boolean closed;

  /**
   * Has admitted no transfer yet.
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
    this.meter = meter;
    this.line = new AdmissionQueue<>(nanoTime);
    this.forecast = new AdmissionForecast(limits.streams(), nanoTime);
  }

  /** Told once, on any thread, what became of a request. */
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
  public final class Stream implements ByteMeter, AutoCloseable {
    private final Receiver client;
    private final AdmissionForecast.Running progress;
    private boolean ended;

    private Stream(Receiver client, AdmissionForecast.Running progress) {
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

  /** The way out for a request that waits. */
  public interface Ticket {
    /**
     * Gives the place up, because the client is gone.
     *
     * @return whether it was held until now; then the waiter hears of nothing any more
     */
    boolean cancel();
  }

  /** Asks for a stream; the waiter is told now or later. */
  public Ticket ask(StreamRequest applicant, Waiter waiter) {
    Runnable verdict;
    AdmissionQueue<Waiter>.Entry place;
    synchronized (this) {
      place = line.placeOf(applicant);
      if (closed) {
        line.leave(place);
        verdict = refusal(waiter, SECONDS_WHEN_CLOSED, AdmissionMeter.Reason.SHUTDOWN);
      } else if (mayRunNow(place)) {
        line.leave(place);
        verdict = admission(place, waiter);
      } else {
        boolean hasComeBack = line.stay(place);
        verdict = waitFor(place, waiter, hasComeBack);
      }
    }
    verdict.run();
    return () -> cancel(place, waiter);
  }

  /** Whether there is room, and no request that is held came before it and could use it. */
  private boolean mayRunNow(AdmissionQueue<Waiter>.Entry place) {
    return hasRoom(place.applicant())
        && line.heldBefore(place).noneMatch(earlier -> hasRoom(earlier.applicant()));
  }

  private boolean hasRoom(StreamRequest applicant) {
    boolean room = limits.streams() == 0 || running < limits.streams();
    int ofClient = runningByClient.getOrDefault(applicant.client(), 0);
    return room && (limits.streamsPerClient() == 0 || ofClient < limits.streamsPerClient());
  }

  private Runnable admission(AdmissionQueue<Waiter>.Entry place, Waiter waiter) {
    running++;
    runningByClient.merge(place.applicant().client(), 1, Integer::sum);
    Stream stream =
        new Stream(place.applicant().client(), forecast.begun(place.applicant().bytes()));
    long waited = place.waitedNanos();
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

  private Runnable waitFor(AdmissionQueue<Waiter>.Entry place, Waiter waiter, boolean hasComeBack) {
    if (place.applicant().comesBack().isEmpty()) {
      hold(place, waiter, limits.longestWait().toNanos());
      return () -> {};
    }
    long expected = forecast.nanosUntilSlot(line.bytesBefore(place));
    long near = hasComeBack ? NEAR_NANOS : SOONEST_NANOS;
    if (expected <= near) {
      hold(place, waiter, 2 * near);
      return () -> {};
    }
    return tellWhen(place, waiter, expected);
  }

  private Runnable tellWhen(AdmissionQueue<Waiter>.Entry place, Waiter waiter, long expected) {
    long wait = TimeUnit.NANOSECONDS.toSeconds((long) (expected * SHARE_TOLD) - EARLY_NANOS);
    long most = MOST_SECONDS - SPREAD_SECONDS + place.number() % SPREAD_SECONDS;
    int seconds = (int) Math.max(1, Math.min(most, wait));
    place.expect(seconds);
    return refusal(waiter, seconds, AdmissionMeter.Reason.COME_BACK);
  }

  private void hold(AdmissionQueue<Waiter>.Entry place, Waiter waiter, long nanos) {
    place.hold(waiter, nanos);
    // Not before, or the timer could find that the time is not over yet.
    Runnable end = () -> waitedLongEnough(place, waiter);
    place.atEnd(timer.schedule(end, nanos, TimeUnit.NANOSECONDS));
  }

  private void waitedLongEnough(AdmissionQueue<Waiter>.Entry place, Waiter waiter) {
    Runnable verdict;
    synchronized (this) {
      if (!place.isOver() || !place.isHeldFor(waiter)) {
        return;
      }
      if (place.applicant().comesBack().isPresent()) {
        verdict = tellWhen(place, waiter, forecast.nanosUntilSlot(line.bytesBefore(place)));
      } else {
        line.leave(place);
        verdict = refusal(waiter, SECONDS_AFTER_WAIT, AdmissionMeter.Reason.WAITED_TOO_LONG);
      }
    }
    verdict.run();
  }

  private synchronized boolean cancel(AdmissionQueue<Waiter>.Entry place, Waiter waiter) {
    boolean held = place.isHeldFor(waiter);
    if (held) {
      line.leave(place);
    }
    return held;
  }

  private void admitWhoIsNext() {
    List<Runnable> verdicts = new ArrayList<>();
    synchronized (this) {
      for (AdmissionQueue<Waiter>.Entry place : line.held()) {
        Waiter waiter = place.held().orElseThrow();
        if (hasRoom(place.applicant())) {
          line.leave(place);
          verdicts.add(admission(place, waiter));
        }
      }
    }
    verdicts.forEach(Runnable::run);
  }

  /** The server ends: requests that wait are refused, and no other waits any more. */
  public void close() {
    List<Runnable> verdicts = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (AdmissionQueue<Waiter>.Entry place : line.held()) {
        verdicts.add(
            refusal(
                place.held().orElseThrow(), SECONDS_WHEN_CLOSED, AdmissionMeter.Reason.SHUTDOWN));
        line.leave(place);
      }
      line.clear();
    }
    verdicts.forEach(Runnable::run);
  }

  /** How many transfers run. */
  public synchronized int running() {
    return running;
  }

  /** How many are held with their connection open. */
  public synchronized int held() {
    return line.held().size();
  }

  /** How many were told to come back and have a place kept. */
  public synchronized long expected() {
    return line.expected();
  }
}
