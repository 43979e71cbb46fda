package io.sluice.bench.scrape;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a Prometheus endpoint each second from its making until it is finished. */
public final class ServerScraper implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String IN_FLIGHT = "http_requests_in_flight";
  private static final String BYTES = "http_response_bytes_total";

  private final Map<String, String> selectors;
  private final HttpRequest request;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final long beganNanos = System.nanoTime();
  private final List<ServerView.Sample> samples = new ArrayList<>();
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread thread;
  private @Nullable List<PrometheusText.Sample> first;
  private @Nullable List<PrometheusText.Sample> last;
  private int failures;

  /**
   * Begins.
   *
   * @param selectors stage label to the histogram that shows it on the server
   */
  public ServerScraper(URI url, Map<String, String> selectors) {
    this.selectors = new LinkedHashMap<>(selectors);
    this.request = HttpRequest.newBuilder(url).timeout(TIMEOUT).GET().build();
    scrape();
    thread = new Thread(this::scrapeEachSecond, "scrape");
    thread.setDaemon(true);
    thread.start();
  }

  private void scrapeEachSecond() {
    try {
      while (!finished.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
        scrape();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void scrape() {
    long now = System.nanoTime();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        failures++;
        return;
      }
      take(PrometheusText.parse(response.body()), now, System.nanoTime());
    } catch (IOException unreachable) {
      failures++;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(List<PrometheusText.Sample> page, long askedNanos, long nowNanos) {
    List<PrometheusText.Sample> earliest = first == null ? page : first;
    first = earliest;
    last = page;
    samples.add(
        new ServerView.Sample(
            (askedNanos - beganNanos) / 1e9,
            sum(page, IN_FLIGHT),
            sum(page, BYTES) - sum(earliest, BYTES),
            (nowNanos - askedNanos) / 1e6));
  }

  private static double sum(List<PrometheusText.Sample> page, String name) {
    return page.stream()
        .filter(sample -> sample.name().equals(name))
        .mapToDouble(PrometheusText.Sample::value)
        .sum();
  }

  /** Reads once more and tells what came since the beginning. */
  public ServerView finish() throws InterruptedException {
    finished.countDown();
    thread.join();
    scrape();
    synchronized (this) {
      Map<String, ServerView.BootFigures> stages = new LinkedHashMap<>();
      List<PrometheusText.Sample> from = first;
      List<PrometheusText.Sample> to = last;
      if (from != null && to != null) {
        selectors.forEach((stage, selector) -> compare(stage, selector, from, to, stages));
      }
      return new ServerView(samples.size(), failures, stages, List.copyOf(samples));
    }
  }

  private static void compare(
      String stage,
      String selector,
      List<PrometheusText.Sample> from,
      List<PrometheusText.Sample> to,
      Map<String, ServerView.BootFigures> stages) {
    BucketHistogram histogram =
        BucketHistogram.select(to, selector).since(BucketHistogram.select(from, selector));
    if (histogram.count() > 0) {
      stages.put(
          stage,
          new ServerView.BootFigures(
              selector,
              histogram.count(),
              histogram.quantile(0.5) * 1000,
              histogram.quantile(0.99) * 1000));
    }
  }

  @Override
  public void close() {
    finished.countDown();
  }
}
