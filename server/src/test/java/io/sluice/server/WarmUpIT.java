package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.files.KnownDigests;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.status.InfraEndpoints;
import io.sluice.server.telemetry.Instruments;
import io.sluice.server.telemetry.PoolInstruments;
import io.sluice.server.warmup.WarmUp;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A server answers some requests of its own before others come, and does not count them. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class WarmUpIT {
  private static final String THREAD = "sluice-warm-up";

  @TempDir Path root;
  @Parameter Transport transport;

  private static boolean goesOn() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(THREAD));
  }

  @Test
  void theRequestsOfTheWarmUpAreNotCounted() throws Exception {
    Path log = root.resolve("access.log");
    try (RunningServer server =
            RunningServer.start(root, transport, "access-log=" + log, "max-streams=1");
        RawClient client = server.client()) {
      byte[] bytes = server.write("images/disk.raw", 3_000_000);
      server.image().warmUp();
      assertTrue(goesOn());
      assertArrayEquals(
          bytes, client.get("/images/disk.raw").body(), "others are served meanwhile");
      Await.until("the warm-up is over", () -> !goesOn());
      server.awaitMetric(1, "http_requests_total");
      Scrape scrape = server.scrape();
      assertEquals(3_000_000, scrape.sum("http_response_bytes_total"), 1000);
      assertEquals(1, scrape.sum("sluice_connections"));
      assertEquals(0, scrape.sum("http_requests_in_flight"));
      assertEquals(0, scrape.sum("sluice_admission_rejected_total"));
      assertEquals(0, scrape.sum("sluice_connection_timeouts_total"));
      Await.until("the request is logged", () -> Files.size(log) > 0);
      assertEquals(1, Files.readAllLines(log).size());
    }
  }

  @Test
  void aServerThatIsStoppedEndsItsWarmUp() throws Exception {
    RunningServer server = RunningServer.start(root, transport);
    server.image().warmUp();
    server.stop();
    assertFalse(goesOn());
  }

  /** A port like that of a server, of which a test sees what it counts. */
  private final class Port implements AutoCloseable {
    private final ServerConfig config = RunningServer.config(root, transport);
    private final Instruments instruments = new Instruments(config.metrics());
    private final Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()));
    private final ImageLoops control = new ImageLoops("control", 1, transport, loop -> loop);
    private final ImageLoops bulk = new ImageLoops("bulk", 1, transport, loop -> loop);
    private final ChannelGroup connections =
        new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Lifetime life = new Lifetime();
    private final ClientRoom room;
    private final Egress egress;
    private final CompletableFuture<Path> folder = new CompletableFuture<>();

    Port() throws Exception {
      room = new ClientRoom(config, Proxies.NONE, instruments.clients());
      egress =
          new Egress(
              config.egress(),
              transport,
              control,
              bulk,
              pools.pool("read-ahead", 1, 100),
              instruments.egress(config.egress()),
              room.events(),
              room.pieces(),
              life);
    }

    WarmUp.Port make(Path files) {
      folder.complete(files);
      OpenFiles open = new OpenFiles(Clock.systemUTC());
      Executor filePool = pools.pool("files", 1, 100);
      MachineEndpoints nobody =
          MachineEndpoints.knowingNone(new ServedRoot(files), Runnable::run, Clock.systemUTC());
      FileEndpoints endpoints =
          new FileEndpoints(
              new ServedRoot(files), open, KnownDigests.NONE, filePool, Clock.systemUTC());
      HttpPort port =
          new HttpPort(
              transport,
              control,
              new ServerPipeline.Setup(
                  Routes.table(
                      endpoints,
                      endpoints.file("images/{name}"),
                      new InfraEndpoints(instruments.renderer(), true, () -> "", Runnable::run),
                      nobody),
                  egress.senders(),
                  new ServerPipeline.Timeouts(
                      config.timeouts().request(),
                      config.timeouts().idle(),
                      config.timeouts().stall()),
                  connections,
                  instruments.connectionCounter(),
                  instruments.listener(null),
                  Proxies.NONE,
                  instruments.timeoutCounters(),
                  room.images(),
                  null));
      return port::open;
    }

    /** The endpoint classes that were asked for, each with the statuses it answered with. */
    Set<String> answers() {
      Set<String> answers = new TreeSet<>();
      requests().getDataPoints().stream()
          .filter(point -> point.getValue() > 0)
          .map(point -> point.getLabels().get("endpoint") + " " + point.getLabels().get("status"))
          .forEach(answers::add);
      return answers;
    }

    private CounterSnapshot requests() {
      return (CounterSnapshot)
          instruments.registry().scrape(name -> name.equals("http_requests_total")).stream()
              .findFirst()
              .orElseThrow();
    }

    @Override
    public void close() {
      bulk.shutdownGracefully(0, 5, TimeUnit.SECONDS);
      control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
      bulk.terminationFuture().awaitUninterruptibly();
      pools.close();
      life.close();
    }
  }

  @Test
  void everyRequestOfTheWarmUpIsAnsweredAndItsFolderIsGone() throws Exception {
    try (Port port = new Port();
        WarmUp warmUp = new WarmUp()) {
      warmUp.begin(port::make);
      Path folder = port.folder.get(10, TimeUnit.SECONDS);
      Await.until("the warm-up is over", () -> !goesOn());
      assertFalse(Files.exists(folder));
      assertEquals(
          Set.of(
              "boot 200",
              "boot_asset 200",
              "image 200",
              "image 206",
              "image 304",
              "image 416",
              "ipxe_artifact 200",
              "pxelinux_config 200",
              "pxelinux_config 404"),
          port.answers());
      Await.until("no connection is open", port.connections::isEmpty);
    }
  }

  @Test
  void theFolderOfAWarmUpThatIsEndedIsGone() throws Exception {
    try (Port port = new Port()) {
      WarmUp warmUp = new WarmUp();
      warmUp.begin(port::make);
      Path folder = port.folder.get(10, TimeUnit.SECONDS);
      warmUp.close();
      assertFalse(Files.exists(folder));
      assertFalse(goesOn());
      warmUp.close();
    }
  }

  @Test
  void aPortThatCannotBeMadeEndsTheWarmUpAndLeavesNoFolder() throws Exception {
    CompletableFuture<Path> folder = new CompletableFuture<>();
    WarmUp warmUp = new WarmUp();
    warmUp.begin(
        files -> {
          folder.complete(files);
          throw new UncheckedIOException(new FileSystemException("no port"));
        });
    Path path = folder.get(10, TimeUnit.SECONDS);
    Await.until("the warm-up is over", () -> !goesOn());
    assertFalse(Files.exists(path));
  }

  @Test
  void whatNeverBeganIsEndedAtOnce() {
    new WarmUp().close();
    assertFalse(goesOn());
  }
}
