package io.sluice.server.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BooleanSupplier;

/** What is measured about the pools on which work may block. */
public final class PoolInstruments {
  private final Map<String, ThreadPoolExecutor> pools = new ConcurrentHashMap<>();
  private final Map<String, BooleanSupplier> stuck = new ConcurrentHashMap<>();
  private final Counter rejected;
  private final Counter overdue;

  /** Shows the pools that will be watched in a registry. */
  public PoolInstruments(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("sluice_pool_active_threads")
        .help("Threads of a blocking pool that are at work.")
        .labelNames("pool")
        .callback(each -> pools.forEach((name, pool) -> each.call(pool.getActiveCount(), name)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_pool_queue_length")
        .help("Tasks that wait for a thread of a blocking pool.")
        .labelNames("pool")
        .callback(each -> pools.forEach((name, pool) -> each.call(pool.getQueue().size(), name)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("sluice_pool_stuck")
        .help("Whether every thread of a blocking pool waits for a file system.")
        .labelNames("pool")
        .callback(each -> stuck.forEach((name, is) -> each.call(is.getAsBoolean() ? 1 : 0, name)))
        .register(registry);
    overdue =
        Counter.builder()
            .name("sluice_pool_overdue_total")
            .help("Tasks of a blocking pool that were given up: a file system did not answer.")
            .labelNames("pool")
            .register(registry);
    rejected =
        Counter.builder()
            .name("sluice_pool_rejected_total")
            .help("Tasks that a blocking pool refused because its queue was full.")
            .labelNames("pool")
            .register(registry);
  }

  /** Shows a pool under a name. */
  public void watch(String name, ThreadPoolExecutor pool, BooleanSupplier isStuck) {
    rejected.initLabelValues(name);
    overdue.initLabelValues(name);
    stuck.put(name, isStuck);
    pools.put(name, pool);
  }

  /** A task of a pool was given up. */
  public void overdue(String name) {
    overdue.labelValues(name).inc();
  }

  /** A pool refused a task. */
  public void refused(String name) {
    rejected.labelValues(name).inc();
  }
}
