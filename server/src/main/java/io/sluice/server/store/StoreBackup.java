package io.sluice.server.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
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
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Copies a store into a file while servers use it. The file has its name when it is complete and on
 * the disk; whatever had the name before is there until then.
 */
public final class StoreBackup {
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
        PostgresDump.write(url, part, environment);
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
      throw new IOException(source + ": cannot be copied: " + firstLine(e), e);
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + part);
        Statement check = connection.createStatement();
        ResultSet row = check.executeQuery("PRAGMA integrity_check(1)")) {
      String found = row.next() ? row.getString(1) : null;
      if (!"ok".equals(found)) {
        throw new IOException(source + ": the copy is damaged: " + found);
      }
    } catch (SQLException e) {
      throw new IOException(source + ": the copy cannot be read: " + firstLine(e), e);
    }
  }

  private static @Nullable String firstLine(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("?");
  }

  /** Files and folders are on the disk when this returns. */
  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
