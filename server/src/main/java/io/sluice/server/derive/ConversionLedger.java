package io.sluice.server.derive;

import io.sluice.server.derive.cache.DerivedFormat;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** What is being made at the moment, and how what was made went. Safe for all threads. */
public final class ConversionLedger {
  private final LongSupplier nanoTime;
  private final Meter meter;
  private final Set<Ticket> running = ConcurrentHashMap.newKeySet();
  private final AtomicLong numbers = new AtomicLong();

  /** Told what begins and how it ends, on any thread. */
  public interface Meter {
    /** Something is being made. */
    void begun(DerivedFormat form);

    /**
     * It is not made any more.
     *
     * @param nanos how long it took
     */
    void ended(DerivedFormat form, ConversionResult result, long nanos);
  }

  /** How something ended that was begun. */
  public enum ConversionResult {
    /** It is there. */
    DONE,
    /** It could not be made. */
    FAILED,
    /** No client wanted it any more. */
    STOPPED
  }

  /**
   * Something that is being made.
   *
   * @param form what
   * @param name of the image it is made from
   * @param done how many bytes of the image have been worked on
   * @param total how many bytes the image has, 0 until that is known
   * @param seconds how long it has been going on
   */
  public record Running(DerivedFormat form, String name, long done, long total, double seconds) {}

  /**
   * Nothing has been made yet.
   *
   * @param nanoTime a clock that never goes back, in nanoseconds
   */
  public ConversionLedger(Meter meter, LongSupplier nanoTime) {
    this.meter = meter;
    this.nanoTime = nanoTime;
  }

  /** What is being made, what was begun first before the rest. */
  public List<Running> running() {
    long now = nanoTime.getAsLong();
    return running.stream()
        .sorted(Comparator.comparingLong(ticket -> ticket.number))
        .map(
            ticket ->
                new Running(
                    ticket.form,
                    ticket.name,
                    ticket.done,
                    ticket.total,
                    (double) (now - ticket.begun) / TimeUnit.SECONDS.toNanos(1)))
        .toList();
  }

  /** Something begins. */
  Ticket begin(DerivedFormat form, String name) {
    Ticket ticket = new Ticket(form, name);
    running.add(ticket);
    meter.begun(form);
    return ticket;
  }

  /** One thing that is being made; ended once. */
  final class Ticket {
    private final long number = numbers.incrementAndGet();
    private final DerivedFormat form;
    private final String name;
    private final long begun = nanoTime.getAsLong();
    private volatile long total;
    private volatile long done;

    private Ticket(DerivedFormat form, String name) {
      this.form = form;
      this.name = name;
    }

    /** So many bytes there are to work on. */
    void total(long bytes) {
      total = bytes;
    }

    /** So many bytes of the image have been worked on. */
    void done(long bytes) {
      done = bytes;
    }

    void end(ConversionResult outcome) {
      if (!running.remove(this)) {
        throw new IllegalStateException("conversion: ended twice (expected: once)");
      }
      meter.ended(form, outcome, nanoTime.getAsLong() - begun);
    }
  }
}
