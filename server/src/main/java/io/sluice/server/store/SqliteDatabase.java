package io.sluice.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * A SQLite file, used by this server alone. What is committed is on the disk: the log is synced
 * with every commit ({@code journal_mode=WAL}, {@code synchronous=FULL}).
 */
final class SqliteDatabase implements Database {
  private final HikariDataSource pool;
  private final FileChannel lockFile;

  private SqliteDatabase(HikariDataSource pool, FileChannel lockFile) {
    this.pool = pool;
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
    FileChannel lockFile =
        FileChannel.open(
            Path.of(file + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock(lockFile) == null) {
        throw new IOException(file + " (expected: a file that no other server uses)");
      }
      return new SqliteDatabase(pool(file), lockFile);
    } catch (HikariPool.PoolInitializationException e) {
      lockFile.close();
      Throwable cause = e.getCause();
      throw new IOException(String.valueOf((cause == null ? e : cause).getMessage()), e);
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

  private static HikariDataSource pool(Path file) {
    SQLiteConfig sqlite = new SQLiteConfig();
    sqlite.setJournalMode(SQLiteConfig.JournalMode.WAL);
    sqlite.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    sqlite.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    Properties properties = sqlite.toProperties();
    HikariConfig config = new HikariConfig();
    config.setPoolName("sqlite");
    config.setJdbcUrl("jdbc:sqlite:" + file);
    config.setDataSourceProperties(properties);
    // There is one writer at a time anyway, and readers are rare: lookups are served from memory.
    config.setMaximumPoolSize(1);
    config.setMaxLifetime(0);
    config.setInitializationFailTimeout(1);
    return new HikariDataSource(config);
  }

  @Override
  public Connection connection() throws SQLException {
    return pool.getConnection();
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public void announce(Connection connection) {
    // There is nobody else.
  }

  @Override
  public void awaitChange(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  @Override
  public void close() {
    pool.close();
    try {
      lockFile.close();
    } catch (IOException e) {
      // The lock goes with the process at the latest.
    }
  }
}
