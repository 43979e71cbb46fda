package io.sluice.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server of Debian's package, started for a test. It does not run as root. */
public final class PostgresServer implements AutoCloseable {
  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final long PATIENCE_SECONDS = 60;

  private final Path data;
  private final int port;
  private int databases;

  private PostgresServer(Path data, int port) {
    this.data = data;
    this.port = port;
  }

  /** Whether there is one to start. */
  public static boolean isInstalled() {
    return programs().isPresent();
  }

  private static Optional<Path> programs() {
    if (!Files.isDirectory(VERSIONS)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one with its data below a folder. */
  public static PostgresServer start(Path folder) throws Exception {
    Path home = Files.createDirectory(folder.resolve("postgres"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PostgresServer server = new PostgresServer(home.resolve("data"), port);
    server.run("initdb", "-A", "trust", "-U", "sluice", "-N", "-D", server.data.toString());
    server.startAgain();
    return server;
  }

  public void startAgain() throws Exception {
    String options =
        "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -p " + port;
    run("pg_ctl", "-D", data.toString(), "-l", data + ".log", "-w", "-o", options, "start");
  }

  public void stop() throws Exception {
    run("pg_ctl", "-D", data.toString(), "-w", "-m", "immediate", "stop");
  }

  /** The URL of a database without tables. */
  public String newDatabase() {
    String name = "sluice" + ++databases;
    try {
      run("createdb", "-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "sluice", name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + name + "?user=sluice";
  }

  /**
   * The processes that work for the sessions of an application; 0 for one that has gone.
   *
   * @param url of a database
   */
  public List<Long> backends(String url, String application) throws Exception {
    List<Long> found = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT pid FROM pg_stat_activity WHERE application_name = ?")) {
      select.setString(1, application);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getLong(1));
        }
      }
    }
    return found;
  }

  /** Sends a signal, such as {@code STOP} or {@code CONT}, to processes. */
  public static void signal(String name, List<Long> processes) throws Exception {
    for (long process : processes) {
      new ProcessBuilder("kill", "-" + name, Long.toString(process)).start().waitFor();
    }
  }

  private void run(String program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    command.add(programs().orElseThrow().resolve(program).toString());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("sluice-postgres", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of("/").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(command + ": " + Files.readString(output));
    }
    Files.delete(output);
  }

  @Override
  public void close() throws Exception {
    stop();
    try (Stream<Path> all = Files.walk(data.resolveSibling("data"))) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
