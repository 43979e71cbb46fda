package io.sluice.server.store;

import io.ebean.migration.MigrationConfig;
import io.ebean.migration.MigrationException;
import io.ebean.migration.MigrationRunner;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Brings the tables of a database to what this version of the server expects. */
final class Schema {
  private static final String META_TABLE = "sluice_migration";

  /** A newer version of the server has changed the tables; this one would misread them. */
  static final class NewerException extends SQLException {
    private static final long serialVersionUID = 1L;

    NewerException(String version, String comment) {
      super(
          "tables: version "
              + version
              + " ("
              + comment
              + ") (expected: one that this version of Sluice knows; a newer one has changed them)");
    }
  }

  private Schema() {}

  /**
   * Makes or changes tables as needed.
   *
   * @param kind the folder with the scripts, {@code sqlite} or {@code postgres}
   */
  static void migrate(Connection connection, String kind) throws SQLException {
    refuseNewer(connection, kind);
    MigrationConfig config = new MigrationConfig();
    config.setMigrationPath("classpath:/io/sluice/server/store/" + kind);
    config.setMetaTable(META_TABLE);
    config.setPlatform(kind);
    try {
      new MigrationRunner(config).run(connection);
    } catch (MigrationException e) {
      Throwable cause = e.getCause();
      throw new SQLException("tables: " + (cause == null ? e : cause).getMessage(), e);
    }
  }

  private static void refuseNewer(Connection connection, String kind) throws SQLException {
    try (ResultSet tables = connection.getMetaData().getTables(null, null, META_TABLE, null)) {
      if (!tables.next()) {
        return;
      }
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT mversion, mcomment FROM " + META_TABLE + " WHERE mtype <> 'I'")) {
      while (rows.next()) {
        String script = kind + "/" + rows.getString(1) + "__" + rows.getString(2) + ".sql";
        if (Schema.class.getResource(script) == null) {
          throw new NewerException(rows.getString(1), rows.getString(2));
        }
      }
    }
  }
}
