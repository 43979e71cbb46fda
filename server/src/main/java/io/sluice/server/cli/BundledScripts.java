package io.sluice.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Shell scripts of the jar, in a folder of their own while they run. */
public final class BundledScripts implements AutoCloseable {
  private final Path folder;

  private BundledScripts(Path folder) {
    this.folder = folder;
  }

  /**
   * Copies scripts out of the jar.
   *
   * @param from the folder of the jar that they are in, with a slash at both ends
   * @param names below it
   */
  public static BundledScripts of(String from, List<String> names) throws IOException {
    BundledScripts scripts = new BundledScripts(Files.createTempDirectory("sluice-scripts-"));
    for (String name : names) {
      Path file = scripts.folder.resolve(name);
      Files.createDirectories(file.getParent());
      try (InputStream in = BundledScripts.class.getResourceAsStream(from + name)) {
        if (in == null) {
          throw new IllegalStateException(name + ": not in the jar");
        }
        Files.copy(in, file);
      }
    }
    return scripts;
  }

  /** Where they are. */
  public Path folder() {
    return folder;
  }

  /**
   * Runs one of them with a POSIX shell and the streams of this process; when this process is ended
   * by a signal, so is the script.
   *
   * @return its exit code
   */
  public int run(String name, Map<String, String> environment, List<String> arguments)
      throws IOException {
    List<String> command = Stream.concat(Stream.of("sh", name), arguments.stream()).toList();
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).inheritIO();
    builder.environment().putAll(environment);
    Process process = builder.start();
    Thread end = new Thread(() -> end(process), "end-" + name);
    Runtime.getRuntime().addShutdownHook(end);
    try {
      int status = process.waitFor();
      Runtime.getRuntime().removeShutdownHook(end);
      return status;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(process);
      throw new IOException("interrupted", e);
    } catch (IllegalStateException ending) {
      // The hook runs already.
      return 1;
    }
  }

  /** It cleans up behind itself. */
  private void end(Process process) {
    process.destroy();
    try {
      process.waitFor();
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Removes them. When a signal ends this process, its hook and the command's own end both come
   * here.
   */
  @Override
  public synchronized void close() {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
