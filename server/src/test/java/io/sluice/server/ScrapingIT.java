package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How metrics are asked for, on both ports and in every form there is. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class ScrapingIT {
  private static final int LARGE = 24_000_000;

  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void bothPortsShowTheSameMetricsInTheFormAClientAsksFor() throws Exception {
    for (InetSocketAddress port : List.of(server.address(), server.metricsAddress())) {
      try (RawClient client = RawClient.connect(port)) {
        RawClient.Response text = client.get("/metrics");
        assertEquals("text/plain; version=0.0.4; charset=utf-8", text.field("Content-Type"));
        assertTrue(text.text().contains("# HELP http_requests_in_flight "));
        assertTrue(text.text().contains("# TYPE http_requests_in_flight gauge\n"));
        Scrape.parse(text.text());

        RawClient.Response open =
            client.get("/metrics", "Accept: application/openmetrics-text; version=1.0.0");
        assertTrue(open.field("Content-Type").startsWith("application/openmetrics-text"));
        assertTrue(open.text().endsWith("# EOF\n"));

        RawClient.Response packed = client.get("/metrics", "Accept-Encoding: gzip, deflate");
        assertEquals("gzip", packed.field("Content-Encoding"));
        String unpacked =
            new String(
                new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes(),
                StandardCharsets.UTF_8);
        assertTrue(Scrape.parse(unpacked).has("sluice_connections"));

        RawClient.Response some =
            client.get("/metrics?name[]=sluice_connections&name%5B%5D=http_requests_in_flight");
        Set<String> names =
            Scrape.parse(some.text()).samples().stream()
                .map(Scrape.Sample::name)
                .collect(Collectors.toSet());
        assertEquals(Set.of("sluice_connections", "http_requests_in_flight"), names);

        RawClient.Response head = client.head("/metrics");
        assertEquals("text/plain; version=0.0.4; charset=utf-8", head.field("Content-Type"));
        assertEquals("ok\n", client.get("/healthz").text());
        assertEquals(200, client.get("/readyz").status());
        assertEquals(400, client.get("/metrics?name[]=%zz").status(), "no port falls over");
      }
    }
  }

  @Test
  void aScrapeConnectionIsUsedAgainAndAgain() throws Exception {
    try (RawClient client = RawClient.connect(server.metricsAddress())) {
      for (int i = 0; i < 50; i++) {
        assertEquals(200, client.get("/metrics?name[]=sluice_connections").status());
        assertEquals(200, client.get("/healthz").status());
      }
    }
  }

  @Test
  void aBrowserGetsThePageOnTheMetricsPortAndAScraperTheMetrics() throws Exception {
    try (RawClient client = RawClient.connect(server.metricsAddress())) {
      RawClient.Response page =
          client.get("/", "Accept: text/html,application/xml;q=0.9,*/*;q=0.8");
      assertEquals("text/html; charset=utf-8", page.field("Content-Type"));
      assertTrue(page.text().contains("<html"), "a page");
      for (String accept : List.of("*/*", "text/plain", "application/openmetrics-text")) {
        RawClient.Response metrics = client.get("/", "Accept: " + accept);
        assertTrue(metrics.text().contains("sluice_connections"), accept);
      }
    }
  }

  @Test
  void aScrapeAnswersWhileImagesAreStreaming() throws Exception {
    server.write("images/disk.raw", LARGE);
    List<RawClient> readers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      RawClient reader = RawClient.connect(server.address(), 8192);
      reader.send(RawClient.request("GET", "/images/disk.raw")).exactly(1000);
      readers.add(reader);
    }
    server.awaitMetric(16, "http_requests_in_flight", "endpoint", "image");
    assertEquals(16, server.scrape().sum("sluice_worker_connections"));
    for (RawClient reader : readers) {
      reader.close();
    }
  }

  @Test
  void switchedOffNothingIsRecordedAndBothPortsSaySo() throws Exception {
    server.close();
    server = RunningServer.start(root, transport, "metrics=off");
    try (RawClient image = server.client();
        RawClient metrics = RawClient.connect(server.metricsAddress())) {
      for (RawClient client : List.of(image, metrics)) {
        RawClient.Response answer = client.get("/metrics");
        assertEquals(503, answer.status());
        assertTrue(answer.field("Retry-After").matches("[1-9][0-9]*"), answer.head());
        assertEquals(200, client.get("/healthz").status());
        assertEquals(200, client.get("/readyz").status());
      }
      assertEquals(404, image.get("/images/none").status());
    }
    server.stop();
  }

  @Test
  void namesLinesAndPlacesCanBeChosen() throws Exception {
    server.close();
    server =
        RunningServer.start(
            root,
            transport,
            "metrics-route=off",
            "metrics-prefix=lab_",
            "metrics-help=off",
            "metrics-type=off",
            "metrics-workers=off");
    try (RawClient image = server.client();
        RawClient metrics = RawClient.connect(server.metricsAddress())) {
      assertEquals(404, image.get("/metrics").status());
      String text = metrics.get("/metrics").text();
      assertFalse(text.contains("# HELP") || text.contains("# TYPE"));
      assertTrue(text.lines().filter(line -> !line.startsWith("#")).count() > 50);
      assertTrue(text.lines().allMatch(line -> line.startsWith("lab_")));
      assertFalse(text.contains("sluice_worker_"));
    }
    server.stop();
  }
}
