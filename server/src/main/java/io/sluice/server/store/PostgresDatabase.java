package io.sluice.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A PostgreSQL database, used by several servers. Each tells the others with NOTIFY. */
final class PostgresDatabase implements Database {
  private static final int CONNECTIONS = 4;

  /** How long anybody waits for the database before it counts as away. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

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
    return new PostgresDatabase(new HikariDataSource(config), url);
  }

  private static Properties timeouts() {
    String seconds = Long.toString(PATIENCE.toSeconds());
    Properties properties = new Properties();
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    // A big import takes longer than a look, but nothing takes longer than this.
    properties.setProperty("socketTimeout", "60");
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("ApplicationName", "sluice");
    return properties;
  }

  @Override
  public Connection connection() throws SQLException {
    return pool.getConnection();
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public void announce(Connection connection) throws SQLException {
    try (Statement notify = connection.createStatement()) {
      notify.execute("NOTIFY " + CHANNEL);
    }
  }

  @Override
  public void awaitChange(long millis) throws SQLException {
    try {
      Connection open = listener;
      if (open == null) {
        open = DriverManager.getConnection(url, timeouts());
        listener = open;
        try (Statement listen = open.createStatement()) {
          listen.execute("LISTEN " + CHANNEL);
        }
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
