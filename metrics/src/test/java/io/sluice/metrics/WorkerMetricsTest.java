package io.sluice.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkerMetricsTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();

  private static EventLoopGroup loops(int count) {
    return new MultiThreadIoEventLoopGroup(count, NioIoHandler.newFactory());
  }

  private double value(String series) {
    return Scrape.of(registry).value(series);
  }

  @Test
  void aConnectionCountsFromActiveToInactive() {
    WorkerMetrics metrics = new WorkerMetrics(registry, false);
    EmbeddedChannel one = new EmbeddedChannel(metrics.connectionCounter());
    EmbeddedChannel two = new EmbeddedChannel(metrics.connectionCounter());
    assertEquals(2, value("sluice_connections"));
    one.close().syncUninterruptibly();
    assertEquals(1, value("sluice_connections"));
    two.close().syncUninterruptibly();
    assertEquals(0, value("sluice_connections"));
  }

  @Test
  void aHandlerAddedToAnActiveChannelCountsItOnce() {
    WorkerMetrics metrics = new WorkerMetrics(registry, false);
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.pipeline().addLast(metrics.connectionCounter());
    assertEquals(1, value("sluice_connections"));
    channel.pipeline().fireChannelActive();
    assertEquals(1, value("sluice_connections"));
    channel.close().syncUninterruptibly();
    assertEquals(0, value("sluice_connections"));
  }

  @Test
  void aHandlerAddedByAnInitializerCountsOnce() {
    WorkerMetrics metrics = new WorkerMetrics(registry, false);
    ChannelHandler counter = metrics.connectionCounter();
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel ch) {
                ch.pipeline().addLast(counter);
              }
            });
    assertEquals(1, value("sluice_connections"));
    channel.close().syncUninterruptibly();
    assertEquals(0, value("sluice_connections"));
  }

  @Test
  void removingTheHandlerStopsCountingTheConnection() {
    WorkerMetrics metrics = new WorkerMetrics(registry, false);
    EmbeddedChannel channel = new EmbeddedChannel(metrics.connectionCounter());
    channel.pipeline().remove(metrics.connectionCounter());
    assertEquals(0, value("sluice_connections"));
    channel.close().syncUninterruptibly();
    assertEquals(0, value("sluice_connections"));
  }

  @Test
  void withoutWorkersThereAreNoWorkerSeries() {
    WorkerMetrics metrics = new WorkerMetrics(registry, false);
    EventLoopGroup group = loops(1);
    metrics.watch("control", group);
    assertEquals(List.of("sluice_connections"), List.copyOf(Scrape.of(registry).series().keySet()));
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void everyWatchedLoopHasItsSeriesByGroupAndPlace() {
    WorkerMetrics metrics = new WorkerMetrics(registry, true);
    EventLoopGroup control = loops(1);
    EventLoopGroup bulk = loops(2);
    metrics.watch("control", control);
    metrics.watch("bulk", bulk);
    for (String labels :
        List.of(
            "{group=\"control\",worker=\"0\"}",
            "{group=\"bulk\",worker=\"0\"}",
            "{group=\"bulk\",worker=\"1\"}")) {
      assertEquals(0, value("sluice_worker_connections" + labels));
      assertEquals(0, value("sluice_worker_response_bytes_total" + labels));
      assertTrue(value("sluice_worker_pending_tasks" + labels) >= 0);
    }
    assertThrows(IllegalArgumentException.class, () -> metrics.watch("bulk", bulk));
    control.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    bulk.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void aBlockedLoopShowsItsPendingTasksAndThenItsDelay() {
    WorkerMetrics metrics = new WorkerMetrics(registry, true);
    EventLoopGroup group = loops(1);
    metrics.watch("control", group);
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    group.execute(
        () -> {
          blocked.countDown();
          Await.latch(release);
        });
    Await.latch(blocked);
    long from = System.nanoTime();
    group.execute(() -> {});
    group.execute(() -> {});
    assertEquals(2, value("sluice_worker_pending_tasks{group=\"control\",worker=\"0\"}"));
    Await.until("a tick is 50 ms late", () -> System.nanoTime() - from > 150_000_000);
    release.countDown();
    String sum = "sluice_worker_loop_delay_seconds_sum{group=\"control\",worker=\"0\"}";
    Await.until("the delay shows", () -> value(sum) >= 0.045);
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void ticksGoOnUntilTheLoopShutsDownAndDoNotKeepItFromDoingSo() {
    WorkerMetrics metrics = new WorkerMetrics(registry, true);
    EventLoopGroup group = loops(1);
    metrics.watch("control", group);
    String count = "sluice_worker_loop_delay_seconds_count{group=\"control\",worker=\"0\"}";
    Await.until("several ticks", () -> value(count) >= 2);
    assertTrue(
        group
            .shutdownGracefully(0, 5, TimeUnit.SECONDS)
            .awaitUninterruptibly(10, TimeUnit.SECONDS));
    metrics.watch("late", group);
    assertEquals(0, value("sluice_worker_loop_delay_seconds_count{group=\"late\",worker=\"0\"}"));
  }
}
