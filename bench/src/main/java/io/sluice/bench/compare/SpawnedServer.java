package io.sluice.bench.compare;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server that was started for a run, and is ended with it, and all of its children too. */
public final class SpawnedServer implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int OUTPUT_LINES = 12;

  private final String name;
  private final Process process;
  private final Path output;

  private SpawnedServer(String name, Process process, Path output) {
    this.name = name;
    this.process = process;
    this.output = output;
  }

  /**
   * Starts a command in a session of its own, so that Ctrl-C reaches the run and not the server.
   *
   * @param command for {@code sh}
   * @param cpus where it may run, as {@code taskset -c} reads it, or null for everywhere
   */
  public static SpawnedServer start(String name, String command, @Nullable String cpus)
      throws IOException {
    Path output = Files.createTempFile("sluice-bench-" + name.replaceAll("\\W", "_"), ".log");
    List<String> words = new ArrayList<>(List.of("setsid"));
    if (cpus != null) {
      words.addAll(List.of("taskset", "-c", cpus));
    }
    words.addAll(List.of("sh", "-c", command));
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .start();
      return new SpawnedServer(name, process, output);
    } catch (IOException failed) {
      Files.deleteIfExists(output);
      throw failed;
    }
  }

  /**
   * Waits until the server accepts connections.
   *
   * @throws IOException when it ends before, or takes longer than the time given
   */
  public void awaitListening(InetSocketAddress address, Duration atMost)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + atMost.toNanos();
    while (System.nanoTime() < until) {
      if (!process.isAlive()) {
        throw new IOException(
            name + " ended with " + process.exitValue() + " before it listened" + said());
      }
      try (Socket socket = new Socket()) {
        socket.connect(address, (int) POLL.toMillis() * 10);
        return;
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
      }
    }
    throw new IOException(
        name + " did not listen on " + address + " within " + atMost.toSeconds() + " s" + said());
  }

  /**
   * Refuses to start a server where another one listens already: that one would be measured.
   *
   * @throws IOException when a server listens there
   */
  public static void requireFree(String name, InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address, (int) POLL.toMillis() * 10);
    } catch (IOException free) {
      return;
    }
    throw new IOException("cannot start " + name + ": a server listens on " + address + " already");
  }

  private String said() {
    try {
      List<String> lines = Files.readAllLines(output, StandardCharsets.ISO_8859_1);
      return lines.isEmpty()
          ? ", and said nothing"
          : ", and said:\n  "
              + String.join(
                  "\n  ", lines.subList(Math.max(0, lines.size() - OUTPUT_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "";
    }
  }

  /** Whether the server still runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** What the server and its children have spent until now. */
  public ServerCost cost() {
    double cpuSeconds = 0;
    long resident = 0;
    for (ProcessHandle handle : family()) {
      ServerCost one = ProcessStat.read(handle.pid());
      cpuSeconds += one.cpuSeconds();
      resident += one.residentBytes();
    }
    return new ServerCost(cpuSeconds, resident);
  }

  private List<ProcessHandle> family() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  @Override
  public void close() {
    List<ProcessHandle> family = family();
    family.forEach(ProcessHandle::destroy);
    long until = System.nanoTime() + GRACE.toNanos();
    for (ProcessHandle handle : family) {
      try {
        handle.onExit().get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException late) {
        handle.destroyForcibly();
      } catch (InterruptedException interrupted) {
        family.forEach(ProcessHandle::destroyForcibly);
        Thread.currentThread().interrupt();
      }
    }
    try {
      Files.deleteIfExists(output);
    } catch (IOException left) {
      // The system clears the temporary directory of the log file.
    }
  }
}
