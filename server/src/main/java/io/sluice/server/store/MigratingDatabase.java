package io.sluice.server.store;

import java.sql.Connection;
import java.sql.SQLException;

/** A database whose tables are made or changed before its first use, whenever that is. */
final class MigratingDatabase implements Database {
  private final Database database;
  private final String kind;
  private boolean migrated;

  MigratingDatabase(Database database, String kind) {
    this.database = database;
    this.kind = kind;
  }

  @Override
  public Connection connection() throws SQLException {
    migrate();
    return database.connection();
  }

  private synchronized void migrate() throws SQLException {
    if (!migrated) {
      try (Connection connection = database.connection()) {
        Schema.migrate(connection, kind);
      }
      migrated = true;
    }
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
