package io.sluice.bench.probe;

import io.sluice.bench.machine.Failure;
import io.sluice.bench.record.Latencies;
import java.util.Map;
import java.util.TreeMap;

/** What became of the probes of a turn. Safe for use by several threads. */
public final class ProbeRecord {
  private final Latencies fromDue = new Latencies();
  private final Latencies lag = new Latencies();
  private final Map<String, Long> failures = new TreeMap<>();
  private long sent;
  private long answered;

  synchronized void sent(long dueNanos, long nowNanos) {
    sent++;
    lag.record(nowNanos - dueNanos);
  }

  synchronized void answered(long dueNanos, long nowNanos) {
    answered++;
    fromDue.record(nowNanos - dueNanos);
  }

  synchronized void failed(String label) {
    failures.merge(label, 1L, Long::sum);
  }

  void failed(Failure failure) {
    failed(failure.label());
  }

  /** Adds all of another record. */
  public void add(ProbeRecord other) {
    fromDue.add(other.fromDue);
    lag.add(other.lag);
    Map<String, Long> theirs = other.failures();
    long theirSent = other.sent();
    long theirAnswered = other.answered();
    synchronized (this) {
      sent += theirSent;
      answered += theirAnswered;
      theirs.forEach((label, count) -> failures.merge(label, count, Long::sum));
    }
  }

  /** How many requests went out. */
  public synchronized long sent() {
    return sent;
  }

  /** How many got a whole, good answer. */
  public synchronized long answered() {
    return answered;
  }

  /** Failures by label. */
  public synchronized Map<String, Long> failures() {
    return Map.copyOf(failures);
  }

  /** From when a probe was due to its last byte. */
  public Latencies fromDue() {
    return fromDue;
  }

  /** How late the generator itself sent its probes. */
  public Latencies lag() {
    return lag;
  }
}
