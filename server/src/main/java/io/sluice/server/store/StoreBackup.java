package io.sluice.server.store;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.sqlite.SQLiteConfig;

/**
 * Copies a store into a file while servers use it. The file has its name when it is complete and on
 * the disk; whatever had the name before is there until then.
 */
public final class StoreBackup {
  /** Parameters of a JDBC URL that mean the same to PostgreSQL's own programs. */
  private static final Set<String> COMMON = Set.of("sslmode", "sslrootcert", "user");

  private StoreBackup() {}

  /**
   * Writes a file: a SQLite database, or what {@code pg_dump --format=custom} makes.
   *
   * @param url of the store
   * @param environment of this process, for {@code pg_dump}
   * @throws IOException when it cannot be made, with a message for the operator
   */
  public static void write(String url, Path file, Map<String, String> environment)
      throws IOException {
    Path whole = file.toAbsolutePath();
    Path folder = whole.getParent();
    if (folder == null || Files.isDirectory(whole)) {
      throw new IOException(file + " (expected: the name of a file)");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + " (expected: a folder that is there)");
    }
    if (url.startsWith("jdbc:sqlite:") && isOf(Stores.sqliteFile(url), whole)) {
      throw new IOException(file + " (expected: another file than the store itself)");
    }
    Path part = folder.resolve("." + whole.getFileName() + "." + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(part);
      if (url.startsWith("jdbc:postgresql:")) {
        dumpPostgres(url, part, environment);
      } else {
        copySqlite(Stores.sqliteFile(url), part);
      }
      sync(part);
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(folder);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Whether a name is that of a store's own file, or of one that SQLite keeps beside it. */
  private static boolean isOf(Path store, Path file) throws IOException {
    if (Files.exists(file) && Files.exists(store) && Files.isSameFile(store, file)) {
      return true;
    }
    Path own = store.toAbsolutePath().normalize();
    return Stream.of("", "-wal", "-shm", "-journal")
        .anyMatch(end -> file.normalize().equals(own.resolveSibling(own.getFileName() + end)));
  }

  /**
   * Runs {@code pg_dump}, which sees one state of the database while servers go on writing; {@code
   * pg_restore} reads the file.
   */
  private static void dumpPostgres(String url, Path file, Map<String, String> environment)
      throws IOException {
    String password = "";
    List<String> parameters = new ArrayList<>();
    String[] parts = url.substring("jdbc:".length()).split("\\?", 2);
    for (String parameter : parts.length == 2 ? parts[1].split("&") : new String[0]) {
      String[] pair = parameter.split("=", 2);
      if (COMMON.contains(pair[0])) {
        parameters.add(parameter);
      } else if (pair[0].equals("password") && pair.length == 2) {
        password = URLDecoder.decode(pair[1], StandardCharsets.UTF_8);
      }
    }
    String source = parts[0] + (parameters.isEmpty() ? "" : "?" + String.join("&", parameters));
    ProcessBuilder dump =
        new ProcessBuilder(
            "pg_dump", "--format=custom", "--no-owner", "--file=" + file, "--dbname=" + source);
    dump.environment().putAll(environment);
    if (!password.isEmpty()) {
      // Other users see the arguments of a process, not its environment.
      dump.environment().put("PGPASSWORD", password);
    }
    dump.redirectErrorStream(true);
    Process process;
    try {
      process = dump.start();
    } catch (IOException e) {
      throw new IOException(
          "pg_dump (expected: PostgreSQL's programs, such as Debian's postgresql-client; "
              + e.getMessage()
              + ")",
          e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(said.strip().lines().findFirst().orElse("pg_dump has failed"));
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void copySqlite(Path source, Path part) throws IOException {
    if (!Files.isRegularFile(source)) {
      throw new IOException(source + " (expected: the file of a store)");
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + source, config.toProperties());
        PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
      copy.setString(1, part.toString());
      copy.execute();
    } catch (SQLException e) {
      throw new IOException(source + ": cannot be copied: " + Stores.firstLine(e), e);
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + part);
        Statement check = connection.createStatement();
        ResultSet row = check.executeQuery("PRAGMA integrity_check(1)")) {
      String found = row.next() ? row.getString(1) : null;
      if (!"ok".equals(found)) {
        throw new IOException(source + ": the copy is damaged: " + found);
      }
    } catch (SQLException e) {
      throw new IOException(source + ": the copy cannot be read: " + Stores.firstLine(e), e);
    }
  }

  /** Files and folders are on the disk when this returns. */
  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
