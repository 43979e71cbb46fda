package io.sluice.bench.probe;

import io.sluice.bench.client.ChannelWire;
import io.sluice.bench.client.ClientLoop;
import io.sluice.bench.client.Endpoint;
import io.sluice.bench.machine.Answer;
import io.sluice.bench.machine.AnswerListener;
import io.sluice.bench.machine.Ask;
import io.sluice.bench.machine.Failure;
import io.sluice.bench.machine.PathTemplate;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Asks for a script at a constant rate, a new connection each time, whether or not the answers
 * before have come. Everything happens on one event loop that carries nothing else.
 */
public final class Prober {
  /** More unanswered probes than this mean that the server is gone, and would use up the ports. */
  private static final int MAX_WAITING = 4096;

  /** How often waiting probes are looked at for having timed out. */
  private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final ClientLoop loop;
  private final Endpoint endpoint;
  private final PathTemplate path;
  private final double perSecond;
  private final ProbeRecord record;
  private final LongSupplier clock;
  private final Set<Probe> waiting = new HashSet<>();
  private ProbeSchedule schedule;
  private long next;
  private boolean stopped;

  /**
   * A prober that has not begun.
   *
   * @param perSecond more than 0
   * @param clock nanoseconds, the same that event loops use
   */
  public Prober(
      ClientLoop loop,
      Endpoint endpoint,
      PathTemplate path,
      double perSecond,
      ProbeRecord record,
      LongSupplier clock) {
    this.loop = loop;
    this.endpoint = endpoint;
    this.path = path;
    this.perSecond = perSecond;
    this.record = record;
    this.clock = clock;
    this.schedule = new ProbeSchedule(clock.getAsLong(), perSecond);
  }

  /** Begins; on the loop. */
  public void start() {
    schedule = new ProbeSchedule(clock.getAsLong(), perSecond);
    sendDue();
    sweep();
  }

  /** Sends no more; on the loop. What is waiting may still be answered. */
  public void stop() {
    stopped = true;
  }

  /** How many wait for their answers; on the loop. */
  public int waiting() {
    return waiting.size();
  }

  /** Gives up those that still wait; on the loop. */
  public void abandon() {
    stopped = true;
    for (Probe probe : Set.copyOf(waiting)) {
      probe.abandon();
    }
  }

  private void sendDue() {
    if (stopped) {
      return;
    }
    long now = clock.getAsLong();
    for (long due = schedule.dueNanos(next); due <= now; due = schedule.dueNanos(next)) {
      send(due);
      next++;
      now = clock.getAsLong();
    }
    loop.later(Math.max(0, schedule.dueNanos(next) - now), this::sendDue);
  }

  private void send(long due) {
    if (waiting.size() >= MAX_WAITING) {
      record.failed("not sent, " + MAX_WAITING + " waiting");
      return;
    }
    record.sent(due, clock.getAsLong());
    Probe probe = new Probe(due);
    waiting.add(probe);
    probe.wire.ask(new Ask("GET", path.forMachine((int) (next & 0xFFFFFF)), true), probe);
  }

  private void sweep() {
    long now = System.nanoTime();
    for (Probe probe : Set.copyOf(waiting)) {
      probe.wire.expire(now);
    }
    if (!stopped || !waiting.isEmpty()) {
      loop.later(SWEEP_NANOS, this::sweep);
    }
  }

  /** One request on its way. */
  private final class Probe implements AnswerListener {
    private final long due;
    private final ChannelWire wire = loop.wire(endpoint);

    Probe(long due) {
      this.due = due;
    }

    @Override
    public void firstByte() {}

    @Override
    public void progress(int bytes, long soFar, long announced) {}

    @Override
    public void finished(Answer answer) {
      if (answer.status() / 100 == 2) {
        record.answered(due, clock.getAsLong());
      } else {
        record.failed(Failure.ofStatus(answer.status()));
      }
      done();
    }

    @Override
    public void failed(Failure failure) {
      record.failed(failure);
      done();
    }

    void abandon() {
      record.failed("unanswered at the end");
      done();
    }

    private void done() {
      waiting.remove(this);
      wire.hangUp();
    }
  }
}
