package io.sluice.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/**
 * A database whose tables are made or changed before its first use, whenever that is, and looked at
 * again after every failure: it may have been restored.
 */
final class MigratingDatabase implements Database {
  private final Database database;
  private final String kind;
  private volatile boolean migrated;

  MigratingDatabase(Database database, String kind) {
    this.database = database;
    this.kind = kind;
  }

  @Override
  public Connection take() throws SQLException {
    if (!migrated) {
      migrate();
    }
    return database.take();
  }

  private synchronized void migrate() throws SQLException {
    if (migrated) {
      return;
    }
    Connection connection = database.take();
    boolean sound = false;
    try {
      Schema.migrate(connection, kind);
      sound = true;
      migrated = true;
    } finally {
      database.giveBack(connection, sound);
    }
  }

  @Override
  public void giveBack(Connection connection, boolean sound) {
    if (!sound) {
      migrated = false;
    }
    database.giveBack(connection, sound);
  }

  @Override
  public void beginReading(Connection connection, boolean many) throws SQLException {
    database.beginReading(connection, many);
  }

  @Override
  public void beginWriting(Connection connection, boolean many) throws SQLException {
    database.beginWriting(connection, many);
  }

  @Override
  public void hold(Connection connection, Collection<String> machines) throws SQLException {
    database.hold(connection, machines);
  }

  @Override
  public boolean isShared() {
    return database.isShared();
  }

  @Override
  public void announce(Connection connection) throws SQLException {
    database.announce(connection);
  }

  @Override
  public void awaitChange(long millis) throws SQLException, InterruptedException {
    database.awaitChange(millis);
  }

  @Override
  public void close() {
    database.close();
  }
}
