package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class PoolsTest {
  private static final Path THIS_THREAD = Path.of("/proc/thread-self");

  @Test
  void whoToilsLetsAllOthersGoFirst() throws Exception {
    try (Pools pools = new Pools(new PrometheusRegistry())) {
      assertEquals(
          new LinuxThread("sluice-toil-1", 19),
          pools
              .toilingPool("toil", 1, 1)
              .submit(() -> LinuxThread.of(THIS_THREAD))
              .get(10, TimeUnit.SECONDS));
      assertEquals(
          new LinuxThread("sluice-other-1", 0),
          pools
              .pool("other", 1, 1)
              .submit(() -> LinuxThread.of(THIS_THREAD))
              .get(10, TimeUnit.SECONDS));
    }
    assertEquals(0, LinuxThread.of(THIS_THREAD).nice());
  }
}
