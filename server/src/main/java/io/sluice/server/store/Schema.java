package io.sluice.server.store;

import io.ebean.migration.MigrationConfig;
import io.ebean.migration.MigrationException;
import io.ebean.migration.MigrationRunner;
import java.sql.Connection;
import java.sql.SQLException;

/** Brings the tables of a database to what this version of the server expects. */
final class Schema {
  private Schema() {}

  /**
   * Makes or changes tables as needed.
   *
   * @param kind the folder with the scripts, {@code sqlite} or {@code postgres}
   */
  static void migrate(Connection connection, String kind) throws SQLException {
    MigrationConfig config = new MigrationConfig();
    config.setMigrationPath("classpath:/io/sluice/server/store/" + kind);
    config.setMetaTable("sluice_migration");
    config.setPlatform(kind);
    try {
      new MigrationRunner(config).run(connection);
    } catch (MigrationException e) {
      Throwable cause = e.getCause();
      throw new SQLException("tables: " + (cause == null ? e : cause).getMessage(), e);
    }
  }
}
