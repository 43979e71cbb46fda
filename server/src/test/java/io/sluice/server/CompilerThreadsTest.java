package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class CompilerThreadsTest {
  private static final String OPTIMISING = "C2 CompilerThre";

  @Test
  void thoseOfTheOptimisingCompilerGiveWayAndNoOthers() throws IOException {
    Map<Path, LinuxThread> before = threads();
    assertTrue(CompilerThreads.giveWay());
    Map<Path, LinuxThread> after = threads();
    assertTrue(after.values().stream().anyMatch(thread -> thread.name().equals(OPTIMISING)));
    after.forEach(
        (task, thread) -> {
          if (thread.name().equals(OPTIMISING)) {
            assertEquals(10, thread.nice());
          } else if (before.containsKey(task)) {
            assertEquals(before.get(task), thread);
          }
        });
  }

  private static Map<Path, LinuxThread> threads() throws IOException {
    Map<Path, LinuxThread> threads = new HashMap<>();
    try (Stream<Path> tasks = Files.list(Niceness.THREADS)) {
      for (Path task : tasks.toList()) {
        threads.put(task, LinuxThread.of(task));
      }
    }
    return threads;
  }
}
