package io.sluice.server.derive;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.derive.cache.DerivedFormat;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** What is being made at the moment, and how what was made went. Safe for all threads. */
public final class ConversionLedger {
  /** From a small file on a fast machine to a large disk on a slow one, in seconds. */
  private static final double[] BUCKETS = {
    0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600
  };

  private final LongSupplier nanoTime;
  private final Map<DerivedFormat, Series> series = new EnumMap<>(DerivedFormat.class);
  private final Set<Ticket> running = ConcurrentHashMap.newKeySet();
  private final AtomicLong numbers = new AtomicLong();

  private record Series(
      GaugeDataPoint inProgress, DistributionDataPoint duration, CounterDataPoint failures) {}

  /** How something ended that was begun. */
  enum ConversionResult {
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
  public ConversionLedger(PrometheusRegistry registry, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    Gauge inProgress =
        Gauge.builder()
            .name("sluice_conversions_in_progress")
            .help("Derived images, digests and block maps that are being made.")
            .labelNames("kind")
            .register(registry);
    Histogram duration =
        Histogram.builder()
            .name("sluice_conversion_duration_seconds")
            .help("How long it took to make a derived image, digest or block map.")
            .labelNames("kind")
            .classicOnly()
            .classicUpperBounds(BUCKETS)
            .register(registry);
    Counter failures =
        Counter.builder()
            .name("sluice_conversion_failures_total")
            .help("Derived images, digests and block maps that could not be made.")
            .labelNames("kind")
            .register(registry);
    showProgress(registry);
    for (DerivedFormat form : DerivedFormat.values()) {
      series.put(
          form,
          new Series(
              inProgress.labelValues(form.label()),
              duration.labelValues(form.label()),
              failures.labelValues(form.label())));
    }
  }

  private void showProgress(PrometheusRegistry registry) {
    show(
        registry,
        "sluice_conversions_source_bytes",
        "Bytes of the images that something is being made from.",
        Running::total);
    show(
        registry,
        "sluice_conversions_done_bytes",
        "How many of the bytes in sluice_conversions_source_bytes have been worked on.",
        Running::done);
  }

  private void show(
      PrometheusRegistry registry, String name, String help, ToLongFunction<Running> bytes) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("kind")
        .callback(
            each -> {
              Map<DerivedFormat, Long> sums = new EnumMap<>(DerivedFormat.class);
              running().forEach(one -> sums.merge(one.form(), bytes.applyAsLong(one), Long::sum));
              for (DerivedFormat form : DerivedFormat.values()) {
                each.call((double) sums.getOrDefault(form, 0L), form.label());
              }
            })
        .register(registry);
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
    of(form).inProgress().inc();
    return ticket;
  }

  private Series of(DerivedFormat form) {
    Series found = series.get(form);
    if (found == null) {
      throw new IllegalArgumentException("form: " + form + " (expected: one of the known)");
    }
    return found;
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
      Series its = of(form);
      its.inProgress().dec();
      switch (outcome) {
        case DONE ->
            its.duration()
                .observe((double) (nanoTime.getAsLong() - begun) / TimeUnit.SECONDS.toNanos(1));
        case FAILED -> its.failures().inc();
        case STOPPED -> {
          // Neither a success nor a failure.
        }
      }
    }
  }
}
