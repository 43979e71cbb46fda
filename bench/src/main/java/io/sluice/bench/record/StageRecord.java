package io.sluice.bench.record;

import io.sluice.bench.machine.Failure;
import io.sluice.bench.machine.StageRun;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What happened in one stage, over all machines. What failed is part of no latency and no rate;
 * what the end of the storm cut off has a first byte and a rate, but no last byte. Safe for use by
 * several threads.
 */
public final class StageRecord {
  /** Rates of bodies smaller than this say more about the clock than about the server. */
  private static final long RATE_FLOOR_BYTES = 64 * 1024;

  private final AtomicLong began = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong vanished = new AtomicLong();
  private final AtomicLong cutOff = new AtomicLong();
  private final AtomicLong toldToWait = new AtomicLong();
  private final LongAdder received = new LongAdder();
  private final LongAdder lostBytes = new LongAdder();
  private final Map<String, FailureCount> failures = new TreeMap<>();
  private final Latencies firstByte = new Latencies();
  private final Latencies whole = new Latencies();
  private final Rates rates = new Rates();

  /**
   * A kind of failure.
   *
   * @param count how often it happened
   * @param example what the first of them said
   */
  public record FailureCount(long count, String example) {}

  void begin() {
    began.incrementAndGet();
  }

  void receive(int bytes) {
    received.add(bytes);
  }

  void waitTold() {
    toldToWait.incrementAndGet();
  }

  void end(StageRun run) {
    switch (run.ending()) {
      case DONE -> {
        done.incrementAndGet();
        whole.record(run.endedNanos() - run.beganNanos());
        underWay(run);
      }
      case FAILED -> {
        failed.incrementAndGet();
        lostBytes.add(run.bytes());
        fail(run.failure());
      }
      case VANISHED -> vanished.incrementAndGet();
      case CUT_OFF -> {
        cutOff.incrementAndGet();
        if (run.bytes() > 0) {
          underWay(run);
        }
      }
    }
  }

  /** What can be told of a good answer before all of it is here. */
  private void underWay(StageRun run) {
    firstByte.record(run.firstByteNanos() - run.beganNanos());
    long transferNanos = run.endedNanos() - run.firstByteNanos();
    if (run.bytes() >= RATE_FLOOR_BYTES && transferNanos > 0) {
      rates.record(run.bytes() * (double) TimeUnit.SECONDS.toNanos(1) / transferNanos);
    }
  }

  private synchronized void fail(@Nullable Failure failure) {
    if (failure != null) {
      failures.merge(
          failure.label(),
          new FailureCount(1, failure.detail()),
          (old, one) -> new FailureCount(old.count() + 1, old.example()));
    }
  }

  /** Adds all of another record. */
  public void add(StageRecord other) {
    began.addAndGet(other.began());
    done.addAndGet(other.done());
    failed.addAndGet(other.failed());
    vanished.addAndGet(other.vanished.get());
    cutOff.addAndGet(other.cutOff.get());
    toldToWait.addAndGet(other.toldToWait.get());
    received.add(other.received.sum());
    lostBytes.add(other.lostBytes.sum());
    firstByte.add(other.firstByte);
    whole.add(other.whole);
    rates.add(other.rates);
    Map<String, FailureCount> theirs = other.failures();
    synchronized (this) {
      theirs.forEach(
          (label, count) ->
              failures.merge(
                  label, count, (a, b) -> new FailureCount(a.count() + b.count(), a.example())));
    }
  }

  /** How many machines began the stage. */
  public long began() {
    return began.get();
  }

  /** How many got all they asked for. */
  public long done() {
    return done.get();
  }

  /** How many failed. */
  public long failed() {
    return failed.get();
  }

  /** How many disappeared in it, as they were told to. */
  public long vanished() {
    return vanished.get();
  }

  /** How many were in it when the storm was over. */
  public long cutOff() {
    return cutOff.get();
  }

  /** How often a machine was told to come back later, and did. */
  public long toldToWait() {
    return toldToWait.get();
  }

  /** Body bytes that came, whatever became of their requests. */
  public long receivedBytes() {
    return received.sum();
  }

  /** Body bytes that came, without those of requests that failed. */
  public long goodBytes() {
    return received.sum() - lostBytes.sum();
  }

  /** Failures by label. */
  public synchronized Map<String, FailureCount> failures() {
    return Map.copyOf(failures);
  }

  /** From the wish to the first byte. */
  public Latencies firstByte() {
    return firstByte;
  }

  /** From the wish to the last byte. */
  public Latencies whole() {
    return whole;
  }

  /** Bytes a second of each body of some size. */
  public Rates rates() {
    return rates;
  }
}
