package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests are driven over the image port and looked for on the metrics port. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class MetricsIT {
  private static final int LARGE = 24_000_000;
  private static final String TOTAL = "http_requests_total";
  private static final String ABORTED = "http_requests_aborted_total";
  private static final String BYTES = "http_response_bytes_total";
  private static final String SECONDS = "http_request_duration_seconds";

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
  void requestsOfEveryClassAreCountedTimedAndOver() throws Exception {
    Map<String, String> files =
        Map.of(
            "boot", "/boot/52:54:00:12:34:56",
            "boot_asset", "/boot/amd64/vmlinuz",
            "boot_debian_asset", "/boot-debian/arm64/linux",
            "pxelinux_config", "/boot/pxelinux.cfg/default",
            "ipxe_artifact", "/ipxe/a/menu.ipxe",
            "image", "/images/disk.raw",
            "os_image", "/os/debian-13/amd64");
    server.write("profiles/default.ipxe", 1000);
    server.write("boot/x86_64/vmlinuz", 1000);
    server.write("boot-debian/aarch64/linux", 1000);
    server.write("pxelinux.cfg/default", 1000);
    server.write("ipxe/a/menu.ipxe", 1000);
    server.write("images/disk.raw", 1000);
    server.write("os/debian-13/amd64.tar.xz", 1000);
    try (RawClient client = server.client()) {
      for (String target : files.values()) {
        assertEquals(200, client.get(target).status(), target);
        assertEquals(200, client.head(target).status(), target);
        assertEquals(206, client.get(target, "Range: bytes=0-99").status());
        assertEquals(304, client.get(target, "If-None-Match: *").status());
      }
      client.get("/api/x");
      client.get("/healthz");
      client.get("/no/such/route");
      client.get("/images/../x");
    }
    server.awaitMetric(0, "sluice_connections");
    Scrape scrape = server.scrape();
    for (String endpoint : files.keySet()) {
      for (String status : List.of("200", "206", "304")) {
        assertEquals(
            1,
            scrape.sum(TOTAL, "endpoint", endpoint, "method", "GET", "status", status),
            endpoint + status);
      }
      assertEquals(1, scrape.sum(TOTAL, "endpoint", endpoint, "method", "HEAD", "status", "200"));
      assertEquals(1100, scrape.sum(BYTES, "endpoint", endpoint), endpoint);
      assertEquals(4, scrape.sum(SECONDS + "_count", "endpoint", endpoint));
      assertEquals(4, scrape.sum(SECONDS + "_bucket", "endpoint", endpoint, "le", "+Inf"));
      assertEquals(4, scrape.sum("http_request_first_byte_seconds_count", "endpoint", endpoint));
      assertTrue(scrape.sum(SECONDS + "_sum", "endpoint", endpoint) > 0);
    }
    assertEquals(1, scrape.sum(TOTAL, "endpoint", "api", "status", "404"));
    assertEquals(1, scrape.sum(TOTAL, "endpoint", "infra", "status", "200"));
    assertEquals(1, scrape.sum(TOTAL, "endpoint", "other", "status", "404"));
    assertEquals(1, scrape.sum(TOTAL, "endpoint", "other", "status", "400"));
    assertEquals(0, scrape.sum("http_requests_in_flight"));
    assertEquals(0, scrape.sum(ABORTED));
    assertEquals(0, scrape.sum("sluice_worker_connections"));
    assertEquals(
        scrape.sum(BYTES), scrape.sum("sluice_worker_response_bytes_total"), "by loop or class");
    for (String name :
        List.of(
            "sluice_build_info",
            "jvm_memory_used_bytes",
            "process_cpu_seconds_total",
            "sluice_worker_pending_tasks",
            "sluice_worker_loop_delay_seconds_count")) {
      assertTrue(scrape.has(name), name);
    }
  }

  @Test
  void aRequestIsInFlightAsLongAsItsBytesAreNotOutAndTakesAsLong() throws Exception {
    server.write("images/disk.raw", LARGE);
    try (RawClient slow = RawClient.connect(server.address(), 8192)) {
      long begun = System.nanoTime();
      slow.send(RawClient.request("GET", "/images/disk.raw"));
      slow.exactly(1000);
      server.awaitMetric(1, "http_requests_in_flight", "endpoint", "image");
      assertEquals(1, server.scrape().sum("sluice_connections"));
      Await.elapse(Duration.ofMillis(600));
      assertEquals(0, server.scrape().sum(TOTAL));
      slow.endOutput();
      slow.rest();
      server.awaitMetric(1, TOTAL, "endpoint", "image", "status", "200");
      double took = (System.nanoTime() - begun) / 1e9;
      Scrape scrape = server.scrape();
      double seconds = scrape.sum(SECONDS + "_sum", "endpoint", "image");
      assertTrue(seconds > 0.6 && seconds < took, seconds + " of " + took);
      assertEquals(0, scrape.sum(SECONDS + "_bucket", "endpoint", "image", "le", "0.5"));
      assertTrue(scrape.sum("http_request_first_byte_seconds_sum", "endpoint", "image") < 0.6);
      assertEquals(LARGE, scrape.sum(BYTES, "endpoint", "image"));
    }
  }

  @Test
  void aDownloadKilledHalfWayCountsItsBytesAndOneClientGone() throws Exception {
    server.write("images/disk.raw", LARGE);
    int read = LARGE / 2;
    RawClient client = RawClient.connect(server.address(), 8192);
    client.send(RawClient.request("GET", "/images/disk.raw"));
    client.exactly(read);
    client.reset();
    server.awaitMetric(1, ABORTED, "endpoint", "image", "reason", "client_gone");
    Scrape scrape = server.scrape();
    assertEquals(1, scrape.sum(ABORTED));
    assertEquals(0, scrape.sum(TOTAL));
    double bytes = scrape.sum(BYTES, "endpoint", "image");
    // What was read has left, and no more than that and what sockets hold.
    assertTrue(bytes >= read - 1000 && bytes < LARGE, "counted: " + bytes);
  }

  @Test
  void whateverClientsDoEveryRequestIsFinishedOrAbortedOnce() throws Exception {
    server.write("images/disk.raw", LARGE);
    Random random = new Random(7);
    int begun = 0;
    for (int i = 0; i < 30; i++) {
      RawClient client = RawClient.connect(server.address(), 8192);
      StringBuilder all = new StringBuilder();
      for (int n = random.nextInt(5); n >= 0; n--) {
        begun++;
        all.append(
            switch (random.nextInt(5)) {
              case 0 -> RawClient.request("HEAD", "/images/disk.raw");
              case 1 -> RawClient.request("GET", "/images/disk.raw", "If-None-Match: *");
              case 2 -> RawClient.request("PUT", "/images/disk.raw", "Content-Length: 3") + "abc";
              case 3 -> RawClient.request("GET", "/healthz");
              default -> RawClient.request("GET", "/images/disk.raw", "Range: bytes=1-999999");
            });
      }
      begun++;
      client.send(all + RawClient.request("GET", "/images/disk.raw"));
      client.exactly(50);
      if (random.nextBoolean()) {
        client.reset();
      } else {
        client.close();
      }
    }
    server.awaitMetric(0, "sluice_connections");
    Scrape scrape = server.scrape();
    // The first of each connection was read, and what was sent behind it when it was its turn.
    double read = scrape.sum(TOTAL) + scrape.sum(ABORTED);
    assertTrue(read >= 30 && read <= begun, read + " of " + begun);
    assertEquals(0, scrape.sum("http_requests_in_flight"));
    assertEquals(scrape.sum(TOTAL), scrape.sum(SECONDS + "_count"));
    assertEquals(scrape.sum(ABORTED), scrape.sum(ABORTED, "reason", "client_gone"));
  }

  @Test
  void aThousandMachinesMakeOneLabel() throws Exception {
    server.write("profiles/default.ipxe", 100);
    Random random = new Random(42);
    try (RawClient client = server.client()) {
      client.get("/boot/525400000000");
      server.awaitMetric(1, TOTAL, "endpoint", "boot");
      long before = ownSeries(server.scrape());
      for (int i = 0; i < 1000; i++) {
        String mac = "%012x".formatted(random.nextLong() & 0xffff_ffff_ffffL);
        if (i % 2 == 0) {
          mac = mac.replaceAll("(..)(?!$)", "$1:");
        }
        assertEquals(200, client.get((i % 3 == 0 ? "/" : "/boot/") + mac).status());
      }
      server.awaitMetric(1001, TOTAL, "endpoint", "boot", "method", "GET", "status", "200");
      Scrape after = server.scrape();
      assertEquals(1001, after.sum(TOTAL));
      assertEquals(before, ownSeries(after), "a series was added");
    }
  }

  /** How many series there are that depend on requests, not on what the JVM has done so far. */
  private static long ownSeries(Scrape scrape) {
    return scrape.samples().stream()
        .filter(sample -> sample.name().matches("(http|sluice)_.*"))
        .count();
  }

  @Test
  void unusualMethodsAreOneLabelValue() throws Exception {
    try (RawClient client = server.client()) {
      for (String method : List.of("BREW", "PROPFIND", "get", "X-1")) {
        assertEquals(405, client.send(RawClient.request(method, "/healthz")).read().status());
      }
    }
    server.awaitMetric(4, TOTAL, "endpoint", "infra", "method", "OTHER", "status", "405");
  }
}
