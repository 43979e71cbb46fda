package io.sluice.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A PostgreSQL database, used by several servers. Each tells the others with NOTIFY. */
final class PostgresDatabase implements Database {
  /** As many as there are threads that ask for one, and some for machines that are bound. */
  private static final int CONNECTIONS = 10;

  /** How long a request waits for a connection before the database counts as away. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How long a request waits for an answer. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** The same for an import, or for all machines. */
  private static final Duration LONG_ANSWER = Duration.ofSeconds(60);

  /**
   * What a session waits for: a record that another session holds, its own statement, and a server
   * that holds what all writers need and has been stopped. All are shorter than {@link #ANSWER}, so
   * that the database says what it was.
   */
  private static final String LIMITS =
      "SET lock_timeout = '1s'; SET statement_timeout = '4s';"
          + " SET idle_in_transaction_session_timeout = '4s'";

  private static final String LONG_LIMITS =
      "SET LOCAL statement_timeout = '50s'; SET LOCAL idle_in_transaction_session_timeout = '50s'";

  private static final String CHANNEL = "sluice_machines";

  private final HikariDataSource pool;
  private final String url;
  private @Nullable Connection listener;

  private PostgresDatabase(HikariDataSource pool, String url) {
    this.pool = pool;
    this.url = url;
  }

  /** Prepares to reach a database; does not reach for it yet. */
  static PostgresDatabase at(String url) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("postgresql");
    config.setJdbcUrl(url);
    config.setDataSourceProperties(timeouts());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(PATIENCE.toMillis());
    config.setValidationTimeout(PATIENCE.toMillis() / 2);
    config.setInitializationFailTimeout(-1);
    config.setConnectionInitSql(LIMITS);
    return new PostgresDatabase(new HikariDataSource(config), url);
  }

  private static Properties timeouts() {
    String seconds = Long.toString(PATIENCE.toSeconds());
    Properties properties = new Properties();
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    properties.setProperty("socketTimeout", Long.toString(ANSWER.toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "sluice");
    return properties;
  }

  @Override
  public Connection take() throws SQLException {
    return pool.getConnection();
  }

  /** The pool finds out by itself whether it is broken, and takes back what was set. */
  @Override
  public void giveBack(Connection connection, boolean sound) {
    try {
      connection.close();
    } catch (SQLException e) {
      // It is broken already.
    }
  }

  @Override
  public void beginReading(Connection connection, boolean many) throws SQLException {
    connection.setAutoCommit(false);
    // The first statement of a transaction.
    execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    bePatient(connection, many);
  }

  @Override
  public void beginWriting(Connection connection, boolean many) throws SQLException {
    connection.setAutoCommit(false);
    bePatient(connection, many);
  }

  private static void bePatient(Connection connection, boolean many) throws SQLException {
    if (many) {
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(LONG_ANSWER.toMillis()));
      execute(connection, LONG_LIMITS);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void hold(Connection connection, Collection<String> machines) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id FROM machine WHERE id = ANY (?) ORDER BY id FOR UPDATE")) {
      select.setArray(1, connection.createArrayOf("text", machines.toArray()));
      select.executeQuery().close();
    }
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public void announce(Connection connection) throws SQLException {
    execute(connection, "NOTIFY " + CHANNEL);
  }

  @Override
  public void awaitChange(long millis) throws SQLException {
    try {
      Connection open = listener;
      if (open == null) {
        open = DriverManager.getConnection(url, timeouts());
        listener = open;
        execute(open, "LISTEN " + CHANNEL);
        // What happened before this has to be looked for.
        return;
      }
      open.unwrap(PGConnection.class).getNotifications(Math.toIntExact(millis));
    } catch (SQLException e) {
      closeListener();
      throw e;
    }
  }

  private void closeListener() {
    Connection open = listener;
    listener = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        // It is broken already.
      }
    }
  }

  @Override
  public void close() {
    closeListener();
    pool.close();
  }
}
