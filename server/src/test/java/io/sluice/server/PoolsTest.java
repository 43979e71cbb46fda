package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.sluice.server.os.LinuxThread;
import io.sluice.server.os.Niceness;
import io.sluice.server.telemetry.PoolInstruments;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PoolsTest {
  private static final Path THIS_THREAD = Path.of("/proc/thread-self");

  @Test
  @EnabledOnOs(OS.LINUX)
  void whoToilsLetsAllOthersGoFirst() throws Exception {
    try (Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()))) {
      assertEquals(
          new LinuxThread("sluice-toil-1", 19, 0),
          pools
              .toilingPool("toil", 1, 1)
              .submit(() -> LinuxThread.of(THIS_THREAD))
              .get(10, TimeUnit.SECONDS));
      assertEquals(
          new LinuxThread("sluice-other-1", 0, 0),
          pools
              .pool("other", 1, 1)
              .submit(() -> LinuxThread.of(THIS_THREAD))
              .get(10, TimeUnit.SECONDS));
    }
    assertEquals(0, LinuxThread.of(THIS_THREAD).nice());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whoLooksForImagesLetsScriptsGoFirst() throws Exception {
    try (Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()))) {
      int files = niceness(pools, "files", Niceness.CONTROL_LOOPS);
      assertTrue(files == -10 || files == 0, "-10, or 0 where that is not allowed: " + files);
      assertEquals(5, niceness(pools, "images", Niceness.LOOK_UPS));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPoolIsAsNiceAsItSaysWhoeverBeginsItsThreads() throws Exception {
    try (Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()))) {
      ThreadPoolExecutor other = pools.pool("other", 1, 1);
      Future<LinuxThread> seen =
          pools
              .pool("files", 1, 1, Niceness.CONTROL_LOOPS)
              .submit(() -> other.submit(() -> LinuxThread.of(THIS_THREAD)))
              .get(10, TimeUnit.SECONDS);
      assertEquals(0, seen.get(10, TimeUnit.SECONDS).nice());
    }
  }

  private static int niceness(Pools pools, String name, int nice) throws Exception {
    return pools
        .pool(name, 1, 1, nice)
        .submit(() -> LinuxThread.of(THIS_THREAD))
        .get(10, TimeUnit.SECONDS)
        .nice();
  }

  @Test
  void whatRunsIsInterruptedAndMayEndBeforeThePoolsAreClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicBoolean forgotten = new AtomicBoolean(true);
    try (Pools pools = new Pools(new PoolInstruments(new PrometheusRegistry()))) {
      ExecutorService pool = pools.pool("slow", 1, 1);
      pool.execute(
          () -> {
            begun.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Await.elapse(Duration.ofMillis(100));
              ended.set(true);
            }
          });
      pool.execute(() -> forgotten.set(false));
      begun.await();
    }
    assertTrue(ended.get());
    assertTrue(forgotten.get());
  }
}
