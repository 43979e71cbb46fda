package io.sluice.server.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A SQLite file, used by this server alone. What is committed is on the disk: the log is synced
 * with every commit ({@code journal_mode=WAL}, {@code synchronous=FULL}). There is one connection,
 * because there is one writer at a time anyway and readers are rare. After any failure it is opened
 * anew: a disk that was full leaves it in the midst of a transaction.
 */
final class SqliteDatabase implements Database {
  /** How long a request waits for another, or for another process that has the file. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Path file;
  private final FileChannel lockFile;
  private final ReentrantLock turn = new ReentrantLock(true);
  private @Nullable Connection connection;
  private @Nullable String fileKey;

  private SqliteDatabase(Path file, FileChannel lockFile) {
    this.file = file;
    this.lockFile = lockFile;
  }

  /**
   * Opens a file, which is made with its folder when it is missing.
   *
   * @throws IOException when it cannot be made or another server has it
   */
  static SqliteDatabase open(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    FileChannel lockFile;
    try {
      lockFile =
          FileChannel.open(
              Path.of(file + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (FileSystemException e) {
      throw new UnusableStoreException(
          file + ".lock cannot be made or written: " + e.getReason(), e);
    }
    SqliteDatabase database = new SqliteDatabase(file, lockFile);
    try {
      if (lock(lockFile) == null) {
        throw new IOException(file + " (expected: a file that no other server uses)");
      }
      database.connection = connect(file);
      database.fileKey = fileKey(file);
      return database;
    } catch (SQLException e) {
      lockFile.close();
      throw Stores.failure(e);
    } catch (IOException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  private static @Nullable FileLock lock(FileChannel lockFile) throws IOException {
    try {
      return lockFile.tryLock();
    } catch (OverlappingFileLockException ours) {
      return null;
    }
  }

  private static Connection connect(Path file) throws SQLException {
    SQLiteConfig sqlite = new SQLiteConfig();
    sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
    sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    sqlite.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    sqlite.setBusyTimeout(Math.toIntExact(PATIENCE.toMillis()));
    Properties properties = sqlite.toProperties();
    return DriverManager.getConnection("jdbc:sqlite:" + file, properties);
  }

  private static String fileKey(Path file) throws IOException {
    return String.valueOf(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
  }

  /**
   * Looks for damage, and whether the file can be written.
   *
   * @throws SQLException with what is wrong
   */
  void check() throws SQLException {
    Connection checked = take();
    boolean sound = false;
    try {
      try (Statement statement = checked.createStatement();
          ResultSet row = statement.executeQuery("PRAGMA quick_check(1)")) {
        String found = row.next() ? row.getString(1) : "no answer";
        if (!found.equals("ok")) {
          throw new SQLiteException("it is damaged: " + found, SQLiteErrorCode.SQLITE_CORRUPT);
        }
      }
      beginWriting(checked, false);
      try (Statement statement = checked.createStatement()) {
        statement.execute("PRAGMA user_version = 0");
      }
      checked.rollback();
      sound = true;
    } finally {
      giveBack(checked, sound);
    }
  }

  @Override
  public Connection take() throws SQLException {
    try {
      if (!turn.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new SQLException("earlier requests have waited for " + file + " for too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", e);
    }
    try {
      return current();
    } catch (SQLException | RuntimeException e) {
      turn.unlock();
      throw e;
    }
  }

  /** The connection, to the file that has the name now: an operator may have put another there. */
  private Connection current() throws SQLException {
    String now;
    try {
      now = fileKey(file);
    } catch (IOException e) {
      throw new SQLException(file + " is gone (expected: that it stays, or a restart)", e);
    }
    Connection open = connection;
    if (!now.equals(fileKey)) {
      if (open != null) {
        drop(open);
        open = null;
      }
      forgetLog();
    }
    if (open == null) {
      open = connect(file);
      connection = open;
      fileKey = now;
    }
    return open;
  }

  /** The log is that of the file that had the name before, and would damage the other. */
  private void forgetLog() throws SQLException {
    try {
      Files.deleteIfExists(Path.of(file + "-wal"));
      Files.deleteIfExists(Path.of(file + "-shm"));
    } catch (IOException e) {
      throw new SQLException(file + "-wal (expected: one that can be deleted)", e);
    }
  }

  private void drop(Connection open) {
    connection = null;
    try {
      open.close();
    } catch (SQLException e) {
      // Then it cannot be used any more either.
    }
  }

  @Override
  public void giveBack(Connection taken, boolean sound) {
    try {
      if (sound) {
        // Otherwise the driver begins the next transaction, and holds the file.
        taken.setAutoCommit(true);
      } else {
        drop(taken);
      }
    } catch (SQLException e) {
      drop(taken);
    } finally {
      turn.unlock();
    }
  }

  /** No other process writes, so every statement sees the same. */
  @Override
  public void beginReading(Connection taken, boolean many) throws SQLException {
    taken.setAutoCommit(true);
  }

  @Override
  public void beginWriting(Connection taken, boolean many) throws SQLException {
    taken.setAutoCommit(false);
  }

  @Override
  public void hold(Connection taken, Collection<String> machines) {
    // A transaction that writes holds the file.
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public void announce(Connection taken) {
    // There is no other server.
  }

  @Override
  public void awaitChange(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  @Override
  public void close() {
    turn.lock();
    try {
      Connection open = connection;
      if (open != null) {
        drop(open);
      }
      lockFile.close();
    } catch (IOException e) {
      // The lock goes with the process at the latest.
    } finally {
      turn.unlock();
    }
  }
}
