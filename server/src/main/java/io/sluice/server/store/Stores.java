package io.sluice.server.store;

import io.sluice.server.boot.MachineStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** Opens the store that a JDBC URL names. */
public final class Stores {
  private static final String SQLITE = "jdbc:sqlite:";
  private static final String POSTGRES = "jdbc:postgresql:";

  private Stores() {}

  /** Whether this is a URL of a database of a known kind. */
  public static boolean isKnown(String url) {
    return (url.startsWith(SQLITE) && url.length() > SQLITE.length())
        || url.startsWith(POSTGRES + "//");
  }

  /**
   * Opens a store. A SQLite file must be usable now; a PostgreSQL server may be away and come
   * later.
   *
   * @throws IOException when a file cannot be used, or a newer version has changed the tables, with
   *     a message for the operator
   */
  public static MachineStore open(String url) throws IOException {
    boolean shared = url.startsWith(POSTGRES);
    SqliteDatabase file = shared ? null : SqliteDatabase.open(sqliteFile(url));
    Database database = file == null ? PostgresDatabase.at(url) : file;
    MigratingDatabase migrating = new MigratingDatabase(database, shared ? "postgres" : "sqlite");
    try {
      migrating.giveBack(migrating.take(), true);
      if (file != null) {
        file.check();
      }
    } catch (SQLException e) {
      if (file != null || e instanceof NewerSchemaException) {
        migrating.close();
        throw new IOException(String.valueOf(e.getMessage()).lines().findFirst().orElse("?"), e);
      }
    }
    return new JdbcMachineStore(migrating);
  }

  /** The file of a SQLite URL. */
  static Path sqliteFile(String url) {
    return Path.of(url.substring(SQLITE.length()));
  }
}
