package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class CompilerThreadsTest {
  /** Where proc(5) has the nice value in what follows the name. */
  private static final int NICE = 16;

  @Test
  void thoseOfTheOptimisingCompilerGiveWayAndNoOthers() throws IOException {
    Map<String, Integer> before = niceness();
    assertTrue(CompilerThreads.giveWay());
    Map<String, Integer> after = niceness();
    assertFalse(after.keySet().stream().noneMatch(name -> name.startsWith("C2 ")));
    after.forEach(
        (name, nice) ->
            assertEquals(name.startsWith("C2 ") ? 10 : before.getOrDefault(name, 0), nice, name));
  }

  private static Map<String, Integer> niceness() throws IOException {
    Map<String, Integer> niceness = new TreeMap<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        String stat = Files.readString(task.resolve("stat"));
        String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        niceness.put(name + " " + task.getFileName(), Integer.parseInt(rest[NICE]));
      }
    }
    return niceness;
  }
}
