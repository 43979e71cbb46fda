package io.sluice.server.telemetry;

import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.EventExecutorGroup;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.metrics.AbortReason;
import io.sluice.metrics.MetricsRenderer;
import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RuntimeMetrics;
import io.sluice.metrics.ServerMetrics;
import io.sluice.metrics.WorkerMetrics;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.Version;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.FleetKeeper;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.http.EndpointClass;
import io.sluice.server.http.connection.TimeoutCounters;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Everything that is measured about one server, in a registry of its own. */
public final class Instruments {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ServerConfig.Metrics config;
  private final ServerMetrics server;
  private final WorkerMetrics workers;
  private final Map<TimeoutCounters.Deadline, CounterDataPoint> timeouts =
      new EnumMap<>(TimeoutCounters.Deadline.class);
  private final CounterDataPoint droppedLogLines;

  public Instruments(ServerConfig.Metrics config) {
    this.config = config;
    server = new ServerMetrics(registry, EndpointClass.labels());
    workers = new WorkerMetrics(registry, config.workers());
    Counter timeoutCounter =
        Counter.builder()
            .name("sluice_connection_timeouts_total")
            .help(
                "Connections closed because a request, the next request, or the reading of an answer took too long.")
            .labelNames("phase")
            .register(registry);
    for (TimeoutCounters.Deadline phase : TimeoutCounters.Deadline.values()) {
      timeouts.put(phase, timeoutCounter.labelValues(phase.name().toLowerCase(Locale.ROOT)));
    }
    droppedLogLines =
        Counter.builder()
            .name("sluice_access_log_dropped_total")
            .help("Access log lines that were lost because they could not be written.")
            .register(registry);
    if (config.recorded()) {
      RuntimeMetrics.register(registry, "sluice", Version.current());
    }
  }

  public PrometheusRegistry registry() {
    return registry;
  }

  /** What shows the registry, or null when nothing is recorded. */
  public @Nullable MetricsRenderer renderer() {
    return config.recorded()
        ? new MetricsRenderer(
            registry, new MetricsRenderer.Format(config.prefix(), config.help(), config.type()))
        : null;
  }

  /** Watches some loops of the image port. */
  public void watch(String group, EventExecutorGroup loops) {
    if (config.recorded()) {
      workers.watch(group, loops);
    }
  }

  /** What is told of every exchange: the log, and what counts them; null for neither. */
  public @Nullable RequestListener listener(@Nullable RequestListener accessLog) {
    if (!config.recorded()) {
      return accessLog;
    }
    return accessLog == null
        ? RequestListener.all(server, workers)
        : RequestListener.all(server, workers, accessLog);
  }

  /** What is measured about image streams, with the limits they have. */
  public EgressInstruments egress(ServerConfig.Egress limits) {
    EgressInstruments egress = new EgressInstruments(registry);
    egress.show(limits);
    return egress;
  }

  /** Counts connections; null when nothing is recorded. */
  public @Nullable ChannelHandler connectionCounter() {
    return config.recorded() ? workers.connectionCounter() : null;
  }

  public TimeoutCounters timeoutCounters() {
    return (what, headSeen) -> {
      CounterDataPoint counter = timeouts.get(what);
      if (counter != null) {
        counter.inc();
      }
      if (what == TimeoutCounters.Deadline.REQUEST && !headSeen) {
        server.refusedBeforeHead(EndpointClass.OTHER.label(), AbortReason.TIMEOUT);
      }
    };
  }

  /** Counts access log lines that were lost. */
  public LongConsumer droppedLogLines() {
    return droppedLogLines::inc;
  }

  /** What is measured about the bounds on what clients fill; called once. */
  public ClientInstruments clients() {
    return new ClientInstruments(registry);
  }

  /** What is measured about TLS; called once, where it is spoken. */
  public TlsInstruments tls() {
    return new TlsInstruments(registry);
  }

  /** What is measured about the pools; called once. */
  public PoolInstruments pools() {
    return new PoolInstruments(registry);
  }

  /** What is measured about derived images; called once. */
  public DerivedInstruments derived() {
    return new DerivedInstruments(registry);
  }

  /** Shows what installers report. */
  public void watch(InstallProgress progress) {
    InstallInstruments.register(registry, progress);
  }

  /** Shows the store and the machines in it. */
  public void watch(Fleet fleet, FleetKeeper keeper) {
    StoreInstruments.register(registry, fleet, keeper);
  }
}
