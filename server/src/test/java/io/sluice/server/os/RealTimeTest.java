package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Whether the tests may have real-time threads is up to who runs them; both are looked at. */
@EnabledOnOs(OS.LINUX)
class RealTimeTest {
  private static final int OTHER = 0;
  private static final int ROUND_ROBIN = 2;
  private static final int IDLE = 5;

  /** Far longer than the watcher needs to see a thread that keeps the processor. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final RealTime realTime = new RealTime();

  private static LinuxThread thisThread() {
    try {
      return LinuxThread.of(Path.of("/proc/thread-self"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What this returns on a thread of its own that has entered first. */
  private <T> T entered(LongSupplier progress, Supplier<T> work) throws Exception {
    return CompletableFuture.supplyAsync(
            () -> {
              realTime.enter(progress);
              return work.get();
            },
            task -> new Thread(task, "answers").start())
        .get(30, TimeUnit.SECONDS);
  }

  private boolean isAllowed() throws Exception {
    return entered(() -> 0, RealTimeTest::thisThread).policy() == ROUND_ROBIN;
  }

  /** The policies this thread has had when it has one of them, or after this long. */
  private static Set<Integer> keepTheProcessor(int until, long nanos, Runnable each) {
    Set<Integer> had = new TreeSet<>();
    long begun = System.nanoTime();
    while (!had.contains(until) && System.nanoTime() - begun < nanos) {
      had.add(thisThread().policy());
      each.run();
    }
    return had;
  }

  @Test
  void whoEntersHasTheProcessorAtOnceWhereThatIsAllowed() throws Exception {
    LinuxThread seen = entered(() -> 0, RealTimeTest::thisThread);
    assertEquals("answers", seen.name());
    assertTrue(seen.policy() == ROUND_ROBIN || seen.policy() == OTHER, "policy " + seen.policy());
  }

  @Test
  void whoItBeginsIsLikeAnyOther() throws Exception {
    CompletableFuture<LinuxThread> child =
        entered(
            () -> 0,
            () ->
                CompletableFuture.supplyAsync(
                    RealTimeTest::thisThread, task -> new Thread(task, "child").start()));
    assertEquals(new LinuxThread("child", 0, OTHER), child.get(10, TimeUnit.SECONDS));
  }

  @Test
  void whoKeepsTheProcessorAndGetsNowhereIsPutAsideForAMoment() throws Exception {
    Set<Integer> had =
        entered(
            () -> 0,
            () -> {
              Set<Integer> until = keepTheProcessor(IDLE, PATIENCE_NANOS, () -> {});
              until.addAll(keepTheProcessor(ROUND_ROBIN, PATIENCE_NANOS, () -> {}));
              return until;
            });
    if (isAllowed()) {
      assertEquals(Set.of(ROUND_ROBIN, IDLE), had);
    }
  }

  @Test
  void whoGetsOnWithItsWorkIsNot() throws Exception {
    AtomicLong progress = new AtomicLong();
    Set<Integer> had =
        entered(
            progress::get,
            () ->
                keepTheProcessor(
                    IDLE, TimeUnit.MILLISECONDS.toNanos(200), progress::incrementAndGet));
    assertEquals(Set.of(isAllowed() ? ROUND_ROBIN : OTHER), had);
  }
}
