package io.sluice.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.sluice.metrics.AbortReason;
import io.sluice.server.config.RootFolders;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.files.KnownDigests;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.RouteTable;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.http.arrival.ListenPorts;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.http.connection.TlsHandlers;
import io.sluice.server.os.Niceness;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.status.AccessLog;
import io.sluice.server.status.AccessLogs;
import io.sluice.server.status.InfraEndpoints;
import io.sluice.server.telemetry.Instruments;
import io.sluice.server.warmup.WarmUp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A running server: the image port, the metrics port and everything behind them, put together here,
 * once, by hand.
 */
public final class ImageServer {
  /** Files to look up, or blocks to read, that may wait: some ten thousand are done a second. */
  private static final int FILE_QUEUE = 16 * 1024;

  /** Scrapes of the image port that may wait; real scrapers ask one at a time. */
  private static final int RENDER_QUEUE = 16;

  /** How long the parts of the server may take to end after the last connection is closed. */
  private static final long END_SECONDS = 5;

  /** How long the loops must have had nothing to do before they end. */
  private static final long QUIET_MILLIS = 50;

  private final ServerConfig config;
  private final ServedRoot root;
  private final Transport transport;
  private final Lifetime life;
  private final Pools pools;
  private final Executor filePool;
  private final Executor imagePool;
  private final Executor renderPool;
  private final ImageLoops controlLoops;
  private final Egress egress;
  private final ClientRoom room;
  private final ChannelGroup connections =
      new DefaultChannelGroup("image-connections", GlobalEventExecutor.INSTANCE, true);
  private final OpenFiles openFiles = new OpenFiles(Clock.systemUTC());
  private final Optional<AccessLog> accessLog;

  /** What {@link #reload} does; none of them throws, and each may block. */
  private final List<Runnable> reloads = new ArrayList<>();

  private final ListenPorts ports = new ListenPorts();
  private final Optional<Tls> tls;
  private final Optional<MetricsPort> metricsPort;
  private final Optional<MetricsPort> secureMetricsPort;
  private final Machines machines;
  private final Channel listener;
  private final Optional<Channel> secureListener;
  private final WarmUp warmUp = new WarmUp();

  /** Why new requests are not welcome; empty when they are. */
  private final AtomicReference<Supplier<String>> obstacle =
      new AtomicReference<>(ImageServer::notReady);

  private ImageServer(ServerConfig config, Transport transport, Lifetime life) throws IOException {
    this.config = config;
    this.root = new ServedRoot(config.root());
    this.transport = transport;
    this.life = life;
    Instruments instruments = new Instruments(config.metrics());
    room =
        new ClientRoom(
            config,
            new Proxies(config.front().publicUrl(), config.front().trustedProxies()),
            instruments.clients());
    pools = life.push(new Pools(instruments.pools()));
    filePool = pools.filePool("files", config.fileThreads(), FILE_QUEUE, Niceness.CONTROL_LOOPS);
    imagePool = pools.filePool("images", config.fileThreads(), FILE_QUEUE, Niceness.LOOK_UPS);
    renderPool = pools.pool("render", 1, RENDER_QUEUE);
    accessLog =
        Optional.ofNullable(
            AccessLogs.open(config.accessLog(), instruments.droppedLogLines(), room.logBytes()));
    accessLog.ifPresent(life::push);
    accessLog.ifPresent(log -> reloads.add(log::reopen));
    controlLoops = new ImageLoops("control", config.controlLoops(), transport, Niceness::prompt);
    ImageLoops bulkLoops = new ImageLoops("bulk", config.bulkLoops(), transport, Niceness::plain);
    tls = Tls.open(config, transport, instruments, life);
    List<ImageLoops> answering = new ArrayList<>(List.of(controlLoops));
    tls.map(Tls::loops).ifPresent(answering::add);
    AutoCloseable loops = life.push(() -> end(answering, bulkLoops));
    egress =
        new Egress(
            config.egress(),
            transport,
            controlLoops,
            bulkLoops,
            pools.readAheadPool("read-ahead", config.readThreads(), FILE_QUEUE),
            instruments.egress(config.egress()),
            room.events(),
            room.pieces(),
            life);
    RouteTable scrapes = scrapes(instruments);
    metricsPort = metricsPort(ListenAddress.ofMetrics(config), scrapes, Optional.empty());
    secureMetricsPort =
        metricsPort(ListenAddress.ofMetricsWithTls(config), scrapes, tls.map(Tls::handlers));
    DerivedParts derived =
        life.push(
            new DerivedParts(
                config,
                root,
                instruments,
                pools,
                openFiles,
                egress.senders().bulk()::isBusy,
                Clock.systemUTC()));
    life.push(pools);
    machines =
        Machines.open(
            config,
            Machines.Threads.of(pools, filePool, controlLoops.next()),
            Clock.systemUTC(),
            root,
            derived.catalogue(),
            life);
    reloads.add(machines::readTokensAgain);
    life.push(loops);
    machines.show(instruments);
    instruments.watch("control", controlLoops);
    instruments.watch("bulk", bulkLoops);
    ServerPipeline.Setup images = images(instruments, derived);
    listener = imagePort(ListenAddress.ofImages(config), controlLoops, images);
    secureListener = secureImagePort(instruments, images);
    tls.ifPresent(secure -> secure.watch(controlLoops.next(), filePool));
    tls.ifPresent(secure -> reloads.add(secure::look));
    obstacle.set(this::hindrance);
  }

  /**
   * Starts a server; it serves when this returns.
   *
   * @throws IOException when it cannot, with a message for the operator; nothing is left running
   *     then
   */
  public static ImageServer start(ServerConfig config) throws IOException {
    for (ListenAddress each : ListenAddress.of(config)) {
      each.checkFree();
    }
    RootFolders.makeIfMissing(config.root());
    Transport transport = ChosenTransport.of(config.transport());
    Lifetime life = new Lifetime();
    try {
      return new ImageServer(config, transport, life);
    } catch (IOException | RuntimeException e) {
      life.close();
      throw e;
    }
  }

  /** Where the image port listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Where the image port with TLS listens, if there is one. */
  public Optional<InetSocketAddress> secureAddress() {
    return secureListener.map(port -> (InetSocketAddress) port.localAddress());
  }

  /** Where the metrics port with TLS listens, if there is one. */
  public Optional<InetSocketAddress> secureMetricsAddress() {
    return secureMetricsPort.map(MetricsPort::address);
  }

  /** Where the metrics port listens, if there is one. */
  public Optional<InetSocketAddress> metricsAddress() {
    return metricsPort.map(MetricsPort::address);
  }

  /** What sockets are waited for with. */
  public Transport transport() {
    return transport;
  }

  /** Opens the access log anew, where it is a file, and reads again what may have changed. */
  void reload() {
    reloads.forEach(Runnable::run);
  }

  /** How many files are open for sending. */
  public int openFiles() {
    return openFiles.count();
  }

  private RouteTable scrapes(Instruments instruments) {
    int most = room.scrapes().connections().limit();
    return Routes.metrics(
        new InfraEndpoints(
            instruments.renderer(),
            true,
            this::obstacle,
            pools.pool("scrapes", 1, most, Niceness.CONTROL_LOOPS)));
  }

  private Optional<MetricsPort> metricsPort(
      Optional<ListenAddress> where, RouteTable routes, Optional<TlsHandlers> secure)
      throws IOException {
    return where.isEmpty()
        ? Optional.empty()
        : Optional.of(
            life.push(
                MetricsPort.open(
                    where.get(),
                    transport,
                    routes,
                    egress.senders(),
                    timeouts(),
                    room.scrapes(),
                    secure)));
  }

  private static String notReady() {
    return "not ready";
  }

  private String obstacle() {
    return obstacle.get().get();
  }

  /** Why requests cannot be answered now, although the server runs. */
  private String hindrance() {
    String stuck = pools.obstacle();
    String missing = stuck.isEmpty() ? root.obstacle() : stuck;
    return missing.isEmpty() ? machines.obstacle() : "not ready: " + missing;
  }

  private ServerPipeline.Setup images(Instruments instruments, DerivedParts derived) {
    MachineEndpoints known = machines.endpoints();
    FileEndpoints files = files(root, openFiles, derived.digests());
    return new ServerPipeline.Setup(
        routes(
            files,
            derived.images(imageFiles(files), known.deliveries()::pin, imagePool),
            instruments,
            known),
        egress.senders(),
        timeouts(),
        connections,
        instruments.connectionCounter(),
        instruments.listener(accessLog.orElse(null)),
        new Proxies(config.front().publicUrl(), config.front().trustedProxies(), ports),
        instruments.timeoutCounters(),
        room.images(),
        null);
  }

  private Channel imagePort(ListenAddress where, ImageLoops loops, ServerPipeline.Setup setup)
      throws IOException {
    HttpPort port = new HttpPort(transport, loops, setup);
    ChannelFuture bound = port.open(where.resolve());
    if (!bound.isSuccess()) {
      throw where.refused(bound.cause());
    }
    ports.listens(where.scheme(), ((InetSocketAddress) bound.channel().localAddress()).getPort());
    port.chooseCongestionControl(bound.channel(), config.egress().congestionControl());
    return bound.channel();
  }

  private Optional<Channel> secureImagePort(Instruments instruments, ServerPipeline.Setup setup)
      throws IOException {
    Optional<ListenAddress> where = ListenAddress.ofImagesWithTls(config);
    if (tls.isEmpty() || where.isEmpty()) {
      return Optional.empty();
    }
    Tls secure = tls.get();
    instruments.watch("tls", secure.loops());
    return Optional.of(imagePort(where.get(), secure.loops(), setup.with(secure.handlers())));
  }

  private FileEndpoints files(ServedRoot root, OpenFiles open, KnownDigests digests) {
    return new FileEndpoints(root, open, digests, filePool, Clock.systemUTC());
  }

  private ServerPipeline.Timeouts timeouts() {
    return new ServerPipeline.Timeouts(
        config.timeouts().request(), config.timeouts().idle(), config.timeouts().stall());
  }

  private RouteTable routes(
      FileEndpoints files, Endpoint images, Instruments shown, MachineEndpoints answering) {
    InfraEndpoints infra =
        new InfraEndpoints(shown.renderer(), config.metrics().route(), this::obstacle, renderPool);
    return Routes.table(files, images, infra, answering);
  }

  /**
   * Has the server answer some requests of its own, on its own loops and pools, but with files and
   * counters of their own; see {@link WarmUp}. Returns at once.
   */
  void warmUp() {
    warmUp.begin(
        folder -> {
          ServedRoot root = new ServedRoot(folder);
          Instruments unseen = new Instruments(config.metrics());
          MachineEndpoints nobody = MachineEndpoints.knowingNone(root, filePool, Clock.systemUTC());
          FileEndpoints files = files(root, new OpenFiles(Clock.systemUTC()), KnownDigests.NONE);
          return new HttpPort(
                  transport,
                  controlLoops,
                  new ServerPipeline.Setup(
                      routes(files, imageFiles(files), unseen, nobody),
                      egress.senders(),
                      timeouts(),
                      connections,
                      unseen.connectionCounter(),
                      unseen.listener(null),
                      Proxies.NONE,
                      unseen.timeoutCounters(),
                      room.images(),
                      null))
              ::open;
        });
  }

  private Endpoint imageFiles(FileEndpoints files) {
    return files.on(imagePool).file("images/{name}");
  }

  /**
   * Ends the server: no new connections, idle ones close, running transfers may finish, the metrics
   * port goes last.
   *
   * @param drain how long transfers may take
   * @param hurry completes when they are to be cut off at once
   */
  public void stop(Duration drain, CompletableFuture<?> hurry) {
    obstacle.set(ImageServer::notReady);
    listener.close().awaitUninterruptibly();
    secureListener.ifPresent(port -> port.close().awaitUninterruptibly());
    warmUp.close();
    machines.endStreams();
    ServerPipeline.drain(connections);
    egress.turnAway();
    pools.hurry();
    await(connections.newCloseFuture(), drain, hurry);
    connections.forEach(connection -> AbortReason.mark(connection, AbortReason.SHUTDOWN));
    await(connections.close(), Duration.ofSeconds(END_SECONDS), new CompletableFuture<>());
    life.close();
  }

  /**
   * Both at once and not before they are quiet: what one of them still has to say, the other may
   * have to hear.
   */
  private static void end(List<ImageLoops> answering, ImageLoops bulk) {
    List<Future<?>> ended = new ArrayList<>();
    for (ImageLoops loops : Stream.concat(Stream.of(bulk), answering.stream()).toList()) {
      ended.add(loops.shutdownGracefully(QUIET_MILLIS, END_SECONDS * 1000, TimeUnit.MILLISECONDS));
    }
    ended.forEach(Future::awaitUninterruptibly);
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
