package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.EventExecutor;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.config.HostPort;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.status.InfraEndpoints;
import io.sluice.server.telemetry.Instruments;
import io.sluice.server.telemetry.PoolInstruments;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the metrics port answers, and when. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class MetricsPortIT {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path root;
  @Parameter Transport transport;
  private final Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()));
  private final AtomicReference<String> obstacle = new AtomicReference<>("");
  private Instruments instruments;
  private ImageLoops control;
  private ImageLoops bulk;
  private final Lifetime life = new Lifetime();
  private ClientRoom room;
  private Egress egress;
  private MetricsPort port;

  @BeforeEach
  void open() throws IOException {
    ServerConfig config = RunningServer.config(root, transport);
    instruments = new Instruments(config.metrics());
    control = new ImageLoops("control", 1, transport, loop -> loop);
    bulk = new ImageLoops("bulk", 1, transport, loop -> loop);
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
    port = open(0, pools.pool("scrapes", 1, 2));
  }

  private MetricsPort open(int number, Executor rendering) throws IOException {
    return MetricsPort.open(
        new ListenAddress("metrics-listen", new HostPort("127.0.0.1", number), "http"),
        transport,
        Routes.metrics(new InfraEndpoints(instruments.renderer(), true, obstacle::get, rendering)),
        egress.senders(),
        new ServerPipeline.Timeouts(TIMEOUT, TIMEOUT, TIMEOUT),
        room.scrapes(),
        Optional.empty());
  }

  @AfterEach
  void close() {
    port.close();
    bulk.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    pools.close();
    life.close();
  }

  private RawClient client() throws IOException {
    return RawClient.connect(port.address());
  }

  @Test
  void itAnswersWhileTheLoopsThatServeClientsAreBusy() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    for (ImageLoops loops : List.of(control, bulk)) {
      for (EventExecutor loop : loops) {
        var unused = loop.submit(() -> release.await(60, TimeUnit.SECONDS));
      }
    }
    try (RawClient client = client()) {
      assertEquals(200, client.get("/metrics").status());
      assertEquals("ready\n", client.get("/readyz").text());
    } finally {
      release.countDown();
    }
  }

  @Test
  void scrapesThatAreTooManyAreRefusedAndNothingElseIs() throws Exception {
    port.close();
    port =
        open(
            0,
            task -> {
              throw new RejectedExecutionException();
            });
    try (RawClient client = client()) {
      RawClient.Response refused = client.get("/metrics");
      assertEquals(503, refused.status());
      assertTrue(refused.field("Retry-After").matches("[1-9][0-9]*"));
      assertEquals(200, client.get("/healthz").status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nothing, 404",
    "GET, /images/a, 404",
    "GET, /api/v1/machines, 404",
    "POST, /metrics, 405",
    "BREW, /nothing, 405",
    "OPTIONS, *, 405",
    "GET, /%z, 400",
    "GET, /metrics?name[]=%zz, 400",
  })
  void everythingElseIsRefusedInOneLine(String method, String target, int status) throws Exception {
    try (RawClient client = client()) {
      RawClient.Response refusal = client.send(RawClient.request(method, target)).read();
      assertEquals(status, refusal.status());
      assertEquals("text/plain; charset=utf-8", refusal.field("Content-Type"));
      assertEquals(1, refusal.text().lines().count(), refusal.text());
      assertEquals(status == 405, refusal.find("Allow").isPresent());
    }
  }

  @Test
  void repeatedSlashesAndTheAbsoluteFormAreUnderstood() throws Exception {
    try (RawClient client = client()) {
      for (String target : List.of("//healthz", "https://host/healthz", "HTTP://host/healthz")) {
        assertEquals("ok\n", client.get(target).text(), target);
      }
      assertTrue(
          client.get("http://host?name[]=sluice_connections").text().contains("sluice_conn"));
    }
  }

  @Test
  void aServerThatTakesNoRequestsSaysWhy() throws Exception {
    obstacle.set("store: away");
    try (RawClient client = client()) {
      RawClient.Response answer = client.get("/readyz");
      assertEquals(503, answer.status());
      assertTrue(answer.text().contains("store: away"));
      assertTrue(answer.field("Retry-After").matches("[1-9][0-9]*"));
      assertEquals("ok\n", client.get("/healthz").text());
    }
  }

  @Test
  void headGetsTheSameHead() throws Exception {
    try (RawClient client = client()) {
      for (String target : List.of("/healthz", "/?name[]=sluice_connections")) {
        List<String> names = new ArrayList<>();
        client.get(target).fields().forEach(field -> names.add(field.name()));
        List<String> headNames = new ArrayList<>();
        client.head(target).fields().forEach(field -> headNames.add(field.name()));
        assertEquals(names, headNames);
      }
    }
  }

  @Test
  void aClientThatEndsItsSideStillGetsItsScrape() throws Exception {
    try (RawClient client = client()) {
      client.send(RawClient.request("GET", "/metrics")).endOutput();
      assertEquals(200, client.read().status());
      assertEquals(0, client.rest().length);
    }
  }

  @Test
  void aTakenAddressIsNamed() {
    int taken = port.address().getPort();
    IOException refusal = assertThrows(IOException.class, () -> open(taken, Runnable::run));
    assertTrue(
        refusal.getMessage().startsWith("metrics-listen: 127.0.0.1:" + taken),
        refusal.getMessage());
  }

  @Test
  void aClosedPortLetsGoOfItsAddressAndItsConnections() throws Exception {
    InetSocketAddress address = port.address();
    try (RawClient idle = client()) {
      assertEquals(200, idle.get("/healthz").status());
      port.close();
      assertEquals(0, idle.rest().length);
    }
    port = open(address.getPort(), Runnable::run);
    try (RawClient client = client()) {
      assertEquals(200, client.get("/healthz").status());
    }
  }
}
