package io.sluice.server.store;

import io.sluice.server.boot.MachineStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
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
   * @throws IOException when a file cannot be used, with a message for the operator
   */
  public static MachineStore open(String url) throws IOException {
    if (url.startsWith(POSTGRES)) {
      return new JdbcMachineStore(new MigratingDatabase(PostgresDatabase.at(url), "postgres"));
    }
    SqliteDatabase database = SqliteDatabase.open(Path.of(url.substring(SQLITE.length())));
    try (Connection connection = database.connection()) {
      Schema.migrate(connection, "sqlite");
      return new JdbcMachineStore(database);
    } catch (SQLException e) {
      database.close();
      throw new IOException(e.getMessage(), e);
    }
  }
}
