package io.sluice.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.sluice.metrics.AbortReason;
import io.sluice.metrics.MetricsPages;
import io.sluice.metrics.MetricsServer;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.ServerConfig.AccessLogTarget;
import io.sluice.server.egress.BulkLane;
import io.sluice.server.egress.ImageLoops;
import io.sluice.server.egress.Transport;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.files.ServedRoot;
import io.sluice.server.http.RouteTable;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.status.AccessLog;
import io.sluice.server.status.AccessLogFile;
import io.sluice.server.status.StatusPage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A running server: the image port, the metrics port and everything behind them, put together here,
 * once, by hand.
 */
public final class ImageServer {
  /**
   * Lookups that may wait for a thread of the file pool; a thread does some ten thousand a second.
   */
  private static final int FILE_QUEUE = 4096;

  /** Scrapes of the image port that may wait. */
  private static final int RENDER_QUEUE = 16;

  private static final int BACKLOG = 4096;

  /**
   * Requests are small; what a client sends ahead of its turn is read in pieces of this size at
   * most, in bytes.
   */
  private static final int LARGEST_READ = 16 * 1024;

  /** How long the parts of the server may take to end after the last connection is closed. */
  private static final long END_SECONDS = 5;

  /** How long the loops must have had nothing to do before they end. */
  private static final long QUIET_MILLIS = 50;

  private final ServerConfig config;
  private final Transport transport;
  private final Instruments instruments;
  private final Pools pools;
  private final ImageLoops controlLoops;
  private final ImageLoops bulkLoops;
  private final ChannelGroup connections =
      new DefaultChannelGroup("image-connections", GlobalEventExecutor.INSTANCE, true);
  private final OpenFiles openFiles = new OpenFiles(Clock.systemUTC());
  private final @Nullable AccessLog accessLog;
  private volatile boolean ready;
  private @Nullable Channel listener;
  private @Nullable MetricsServer metricsServer;
  private @Nullable Machines machines;

  private ImageServer(ServerConfig config, Transport transport) throws IOException {
    this.config = config;
    this.transport = transport;
    instruments = new Instruments(config.metrics());
    pools = new Pools(instruments.registry());
    accessLog = accessLog();
    controlLoops = new ImageLoops("control", config.controlLoops(), transport);
    bulkLoops = new ImageLoops("bulk", config.bulkLoops(), transport);
  }

  /**
   * Starts a server; it serves when this returns.
   *
   * @throws IOException when it cannot, with a message for the operator; nothing is left running
   *     then
   */
  public static ImageServer start(ServerConfig config) throws IOException {
    RootFolders.makeIfMissing(config.root());
    ImageServer server = new ImageServer(config, transport(config));
    try {
      server.startMetricsPort();
      server.startImagePort();
      return server;
    } catch (IOException | RuntimeException e) {
      server.stop(Duration.ZERO, new CompletableFuture<>());
      throw e;
    }
  }

  /** Where the image port listens. */
  public InetSocketAddress address() {
    if (listener == null) {
      throw new IllegalStateException("not started");
    }
    return (InetSocketAddress) listener.localAddress();
  }

  /** Where the metrics port listens, if there is one. */
  public Optional<InetSocketAddress> metricsAddress() {
    return Optional.ofNullable(metricsServer).map(MetricsServer::address);
  }

  /** What sockets are waited for with. */
  public Transport transport() {
    return transport;
  }

  /** How many files are open for sending. */
  public int openFiles() {
    return openFiles.count();
  }

  private static Transport transport(ServerConfig config) throws IOException {
    Transport transport =
        switch (config.transport()) {
          case AUTO -> Transport.best();
          case EPOLL -> Transport.EPOLL;
          case NIO -> Transport.NIO;
          case IO_URING -> Transport.IO_URING;
        };
    Throwable unavailability = transport.unavailability();
    if (unavailability != null) {
      throw new IOException(
          "transport: "
              + transport.name().toLowerCase(Locale.ROOT)
              + " (expected: one that works on this machine; "
              + unavailability.getMessage()
              + ")");
    }
    return transport;
  }

  private @Nullable AccessLog accessLog() throws IOException {
    AccessLogFile file;
    if (config.accessLog() instanceof AccessLogTarget.ToFile target) {
      try {
        file = AccessLogFile.appendingTo(target.path());
      } catch (IOException e) {
        throw new IOException(
            "access-log: " + target.path() + " (expected: a file that can be written; " + e + ")",
            e);
      }
    } else if (config.accessLog() instanceof AccessLogTarget.StandardOutput) {
      file = AccessLogFile.standardOutput();
    } else {
      return null;
    }
    return new AccessLog(file, instruments.droppedLogLines());
  }

  private void startMetricsPort() throws IOException {
    if (config.metrics().listen().isEmpty()) {
      return;
    }
    ListenAddress where = new ListenAddress("metrics-listen", config.metrics().listen().get());
    MetricsServer server =
        new MetricsServer(
            where.resolve(),
            transport.ioHandlers(),
            transport.serverChannel(),
            new MetricsPages(instruments.renderer(), () -> ready, StatusPage.html()));
    try {
      server.start();
    } catch (IOException e) {
      throw where.refused(e);
    }
    metricsServer = server;
  }

  private void startImagePort() throws IOException {
    ListenAddress where = new ListenAddress("listen", config.listen());
    Executor filePool = pools.pool("files", config.fileThreads(), FILE_QUEUE);
    Machines known =
        Machines.open(
            config, Machines.Threads.of(pools, filePool, controlLoops.next()), Clock.systemUTC());
    machines = known;
    ServerPipeline pipeline =
        new ServerPipeline(
            new ServerPipeline.Setup(
                routes(known, filePool),
                new BulkLane(bulkLoops, transport),
                config.timeouts().request(),
                config.timeouts().idle(),
                config.timeouts().stall(),
                connections,
                instruments.connectionCounter(),
                instruments.listener(accessLog, known.deliveries()),
                instruments.timeoutCounters()));
    instruments.watch("control", controlLoops);
    instruments.watch("bulk", bulkLoops);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(controlLoops)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 2048, LARGEST_READ))
            .childHandler(pipeline)
            .bind(where.resolve())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw where.refused(bound.cause());
    }
    listener = bound.channel();
    ready = true;
  }

  private RouteTable routes(Machines known, Executor filePool) {
    FileEndpoints files =
        new FileEndpoints(new ServedRoot(config.root()), openFiles, filePool, Clock.systemUTC());
    InfraEndpoints infra =
        new InfraEndpoints(
            instruments.renderer(),
            config.metrics().route(),
            () -> ready,
            pools.pool("render", 1, RENDER_QUEUE));
    return Routes.table(files, infra, known.boot(), known.deliveries(), known.api());
  }

  /**
   * Ends the server: no new connections, idle ones close, running transfers may finish, the metrics
   * port goes last.
   *
   * @param drain how long transfers may take
   * @param hurry completes when they are to be cut off at once
   */
  public void stop(Duration drain, CompletableFuture<?> hurry) {
    ready = false;
    if (listener != null) {
      listener.close().awaitUninterruptibly();
    }
    if (machines != null) {
      machines.endStreams();
    }
    ServerPipeline.drain(connections);
    await(connections.newCloseFuture(), drain, hurry);
    connections.forEach(connection -> AbortReason.mark(connection, AbortReason.SHUTDOWN));
    await(connections.close(), Duration.ofSeconds(END_SECONDS), new CompletableFuture<>());
    // Both at once and not before they are quiet: what one of them still has to say, the other may
    // have to hear.
    Future<?> bulkEnded =
        bulkLoops.shutdownGracefully(QUIET_MILLIS, END_SECONDS * 1000, TimeUnit.MILLISECONDS);
    controlLoops
        .shutdownGracefully(QUIET_MILLIS, END_SECONDS * 1000, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly();
    bulkEnded.awaitUninterruptibly();
    if (machines != null) {
      machines.close();
    }
    pools.close();
    if (accessLog != null) {
      accessLog.close();
    }
    if (metricsServer != null) {
      metricsServer.close();
    }
  }

  private static void await(Future<?> done, Duration limit, CompletableFuture<?> hurry) {
    CompletableFuture<Object> finished = new CompletableFuture<>();
    done.addListener(any -> finished.complete(true));
    try {
      CompletableFuture.anyOf(finished, hurry).get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException timeIsUp) {
      // The caller goes on either way.
    }
  }
}
