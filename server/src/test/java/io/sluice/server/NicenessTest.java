package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class NicenessTest {
  private static final int OTHER = 0;
  private static final int ROUND_ROBIN = 2;

  /** What is seen by a thread that begins with this, and by one that it begins itself. */
  private record Seen(LinuxThread thread, LinuxThread child) {}

  private static LinuxThread thisThread() {
    try {
      return LinuxThread.of(Path.of("/proc/thread-self"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whoAnswersHasTheProcessorAtOnceWhereThatIsAllowedAndWhoItBeginsIsLikeAnyOther()
      throws Exception {
    CompletableFuture<Seen> seen = new CompletableFuture<>();
    Runnable work =
        () -> {
          LinuxThread mine = thisThread();
          CompletableFuture.supplyAsync(
                  NicenessTest::thisThread, task -> new Thread(task, "child").start())
              .thenAccept(child -> seen.complete(new Seen(mine, child)));
        };
    new Thread(Niceness.atOnce(work), "answers").start();
    Seen both = seen.get(10, TimeUnit.SECONDS);
    assertEquals("answers", both.thread().name());
    assertTrue(
        both.thread().policy() == ROUND_ROBIN || both.thread().policy() == OTHER,
        "policy " + both.thread().policy());
    assertEquals(OTHER, both.child().policy());
    if (both.thread().policy() == ROUND_ROBIN) {
      assertEquals(new LinuxThread("child", 0, OTHER), both.child());
    }
  }
}
