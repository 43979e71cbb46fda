package io.sluice.bench.report;

import io.netty.util.Version;
import io.sluice.bench.client.ClientLoops;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Under what conditions a run was made: without them its figures mean nothing.
 *
 * @param commandLine all arguments
 * @param kernel its release
 * @param cpu the model's name
 * @param cpus how many the machine has
 * @param memoryBytes how much the machine has
 * @param jdk vendor and version
 * @param netty its version
 * @param bench this program's version
 * @param transport what carries the bytes here
 * @param clientThreads event loops for machines; probes have one more
 * @param clientCpus where this program ran, or empty for everywhere
 * @param serverCpus where commands ran, or empty for everywhere
 */
public record Conditions(
    List<String> commandLine,
    String kernel,
    String cpu,
    int cpus,
    long memoryBytes,
    String jdk,
    String netty,
    String bench,
    String transport,
    int clientThreads,
    String clientCpus,
    String serverCpus) {

  /** Takes a copy of the command line. */
  public Conditions {
    commandLine = List.copyOf(commandLine);
  }

  /** Looks at the machine. */
  public static Conditions look(
      List<String> commandLine,
      String benchVersion,
      int clientThreads,
      String clientCpus,
      String serverCpus) {
    Version netty = Version.identify().get("netty-common");
    return new Conditions(
        commandLine,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        field("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch")),
        cpusOfMachine(),
        field("/proc/meminfo", "MemTotal").map(Conditions::kibibytes).orElse(0L),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
        netty == null ? "unknown" : netty.artifactVersion(),
        benchVersion,
        ClientLoops.transport(),
        clientThreads,
        clientCpus,
        serverCpus);
  }

  /** As settings and their values, for people. */
  public Map<String, String> asText() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("command line", String.join(" ", commandLine));
    text.put("kernel", kernel);
    text.put("CPU", cpu + ", " + cpus + " of them");
    text.put("memory", Math.round(memoryBytes / 1e9) + " GB");
    text.put("JDK", jdk);
    text.put("Netty", netty + ", " + transport);
    text.put("sluice-bench", bench);
    text.put("generator", clientThreads + " loops on CPUs " + orAny(clientCpus));
    text.put("servers", "on CPUs " + orAny(serverCpus));
    return text;
  }

  private static String orAny(String cpus) {
    return cpus.isEmpty() ? "(any)" : cpus;
  }

  /** All CPUs of the machine, not only those this process may use. */
  private static int cpusOfMachine() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
      long count = lines.filter(line -> line.startsWith("processor")).count();
      if (count > 0) {
        return (int) count;
      }
    } catch (IOException absent) {
      // Other systems than Linux: what Java says.
    }
    return Runtime.getRuntime().availableProcessors();
  }

  private static Optional<String> field(String file, String name) {
    try (var lines = Files.lines(Path.of(file), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  private static long kibibytes(String text) {
    return Long.parseLong(text.replaceAll("\\D", "")) * 1024;
  }
}
