package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class JvmThreadsTest {
  private static final int OTHER = 0;
  private static final Set<String> COMPILERS = Set.of("C1 CompilerThre", "C2 CompilerThre");
  private static final Set<String> OTHERS = Set.of("VM Thread", "Notification Th");

  @Test
  void compilersGiveWayAndTheCollectorGoesFirstWhereItMayAndNoOtherThreadChanges()
      throws IOException {
    Map<Path, LinuxThread> before = threads();
    JvmThreads.arrange();
    Map<Path, LinuxThread> after = threads();
    assertTrue(after.values().stream().anyMatch(thread -> COMPILERS.contains(thread.name())));
    assertTrue(after.values().stream().anyMatch(thread -> thread.name().equals("VM Thread")));
    after.forEach(
        (task, thread) -> {
          if (COMPILERS.contains(thread.name())) {
            assertEquals(10, thread.nice());
          } else if (thread.name().equals("VM Thread")) {
            assertTrue(
                (thread.nice() == Niceness.CONTROL_LOOPS && thread.policy() == OTHER)
                    || thread.equals(before.get(task)),
                thread.toString());
          } else if (before.containsKey(task) && !OTHERS.contains(thread.name())) {
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
