package io.sluice.metrics;

import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many connections are open, and how each event loop is doing: its connections, the tasks that
 * wait for it, how late it is, and the bytes it sent. Labels are the group's name and the loop's
 * place in the group, counted from 0. Safe for use by many event loops at once.
 */
public final class WorkerMetrics implements RequestListener {

  /** Seconds: 0.1 ms is a loop at rest, 1 s one that something blocks. */
  private static final double[] DELAY_SECONDS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1
  };

  private static final String[] LABELS = {"group", "worker"};

  private final Map<EventExecutor, WorkerSeries> workers = new ConcurrentHashMap<>();
  private final Set<String> groups = ConcurrentHashMap.newKeySet();
  private final ConnectionCounter connectionCounter;
  private final @Nullable Collectors perWorker;

  /** The collectors whose label values are resolved once for each watched loop. */
  private record Collectors(Gauge connections, Histogram delay, Counter bytes) {}

  /**
   * Registers the series.
   *
   * @param registry where to register them
   * @param perWorker whether to keep series per event loop; without, there is only the number of
   *     open connections, and {@link #watch} does nothing
   * @throws IllegalArgumentException if a series is registered already
   */
  public WorkerMetrics(PrometheusRegistry registry, boolean perWorker) {
    Gauge connections =
        Gauge.builder().name("sluice_connections").help("Open connections.").register(registry);
    this.connectionCounter = new ConnectionCounter(connections, workers);
    this.perWorker = perWorker ? register(registry) : null;
  }

  private Collectors register(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("sluice_worker_pending_tasks")
        .help("Tasks waiting to be run by an event loop.")
        .labelNames(LABELS)
        .callback(callback -> workers.forEach((loop, worker) -> pending(callback, loop, worker)))
        .register(registry);
    return new Collectors(
        Gauge.builder()
            .name("sluice_worker_connections")
            .help("Connections an event loop serves at the moment.")
            .labelNames(LABELS)
            .register(registry),
        Histogram.builder()
            .name("sluice_worker_loop_delay_seconds")
            .help("How late an event loop ran a task due every 100 ms.")
            .labelNames(LABELS)
            .classicOnly()
            .classicUpperBounds(DELAY_SECONDS)
            .withoutExemplars()
            .register(registry),
        Counter.builder()
            .name("sluice_worker_response_bytes_total")
            .help("Bytes of response bodies an event loop sent.")
            .labelNames(LABELS)
            .withoutExemplars()
            .register(registry));
  }

  private static void pending(
      GaugeWithCallback.Callback callback, EventExecutor loop, WorkerSeries worker) {
    if (loop instanceof SingleThreadEventExecutor single) {
      callback.call(single.pendingTasks(), worker.group(), worker.worker());
    }
  }

  /**
   * Starts to watch the event loops of a group, until each shuts down. Call it before the group
   * serves connections: those registered earlier are not seen per worker.
   *
   * @param group the group's name, a label value
   * @param loops its event loops; an {@link io.netty.channel.EventLoopGroup} will do
   * @throws IllegalArgumentException if a group of that name is watched already
   */
  public void watch(String group, Iterable<EventExecutor> loops) {
    if (perWorker == null) {
      return;
    }
    if (!groups.add(group)) {
      throw new IllegalArgumentException(
          "group: " + group + " (expected: a name not watched already)");
    }
    int place = 0;
    for (EventExecutor loop : loops) {
      String worker = Integer.toString(place++);
      workers.put(
          loop,
          new WorkerSeries(
              group,
              worker,
              perWorker.connections().labelValues(group, worker),
              perWorker.bytes().labelValues(group, worker)));
      new LoopDelay(loop, perWorker.delay().labelValues(group, worker)).start();
    }
  }

  /**
   * The handler that counts connections; one instance serves all channels. It belongs first in a
   * child channel's pipeline, and can be added before or after the channel became active.
   */
  public ChannelHandler connectionCounter() {
    return connectionCounter;
  }

  @Override
  public void begun(RequestTimer timer) {}

  @Override
  public void sent(RequestTimer timer, long bytes) {
    WorkerSeries worker = workers.get(timer.channel().eventLoop());
    if (worker != null) {
      worker.bytes().inc(bytes);
    }
  }

  @Override
  public void ended(RequestTimer timer) {}
}
