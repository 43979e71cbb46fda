package io.sluice.server.admission;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * When there will be room for another transfer: from the bytes that running transfers have still to
 * send, the bytes of those that wait before it, and the rate of the last seconds. Guarded by its
 * owner; only {@link Running#sent} may be called by anyone.
 */
final class AdmissionForecast {
  /**
   * What a server that has not sent anything yet is taken to send: a 10 Gbit/s link. Too much is
   * better than too little, which would bring all clients back too late.
   */
  private static final double UNKNOWN_BYTES_PER_NANO = 1.25;

  /** The rate is that of the last seconds. */
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** A shorter time than this says only that it can be faster: transfers are still beginning. */
  private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** More turns than this ahead, a forecast is a mean. */
  private static final int MOST_SIMULATED = 256;

  private final int slots;
  private final LongSupplier nanoTime;
  private final Set<Running> running = new HashSet<>();
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long endedBytes;
  private double lastRate = UNKNOWN_BYTES_PER_NANO;

  private record Sample(long nanos, long bytes) {}

  /** One transfer that runs. */
  static final class Running {
    private final long length;
    private final AtomicLong sent = new AtomicLong();

    private Running(long length) {
      this.length = length;
    }

    /** So many bytes more have left. */
    void sent(long bytes) {
      sent.setPlain(sent.getPlain() + bytes);
    }

    private long left() {
      return Math.max(0, length - sent.get());
    }
  }

  /**
   * Forecasts for a number of slots.
   *
   * @param slots transfers that may run at once, or 0 for as many as do
   */
  AdmissionForecast(int slots, LongSupplier nanoTime) {
    this.slots = slots;
    this.nanoTime = nanoTime;
  }

  Running begun(long length) {
    // The rate is that of times in which something ran.
    if (running.isEmpty() && !samples.isEmpty()) {
      lastRate = bytesPerNano();
      samples.clear();
    }
    Running transfer = new Running(length);
    running.add(transfer);
    sample();
    return transfer;
  }

  void ended(Running transfer) {
    running.remove(transfer);
    endedBytes += transfer.sent.get();
    sample();
  }

  /**
   * How long until a transfer can begin.
   *
   * @param before bytes of each transfer that begins before it, in order
   */
  long nanosUntilSlot(List<Long> before) {
    sample();
    int atOnce = slots == 0 ? Math.max(1, running.size()) : slots;
    double each = bytesPerNano() / atOnce;
    PriorityQueue<Double> ends = new PriorityQueue<>();
    running.forEach(transfer -> ends.add(transfer.left() / each));
    while (ends.size() < atOnce) {
      ends.add(0.0);
    }
    for (long bytes : before.subList(0, Math.min(MOST_SIMULATED, before.size()))) {
      ends.add(ends.remove() + bytes / each);
    }
    double rest =
        before.stream().skip(MOST_SIMULATED).mapToLong(Long::longValue).sum() / bytesPerNano();
    return (long) (ends.element() + rest);
  }

  private double bytesPerNano() {
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    long nanos = last.nanos() - first.nanos();
    if (nanos > 0 && last.bytes() > first.bytes()) {
      double rate = (double) (last.bytes() - first.bytes()) / nanos;
      lastRate = nanos < LEAST_NANOS ? Math.max(lastRate, rate) : rate;
    }
    return lastRate;
  }

  private void sample() {
    long now = nanoTime.getAsLong();
    if (!samples.isEmpty() && now - samples.getLast().nanos() < SAMPLE_NANOS) {
      return;
    }
    long bytes = endedBytes + running.stream().mapToLong(transfer -> transfer.sent.get()).sum();
    samples.add(new Sample(now, bytes));
    while (samples.size() > 2 && now - samples.getFirst().nanos() > WINDOW_NANOS) {
      samples.removeFirst();
    }
  }
}
