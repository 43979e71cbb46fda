package io.sluice.server.store;

import io.sluice.server.machines.MachineStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Opens the store that a JDBC URL names. */
public final class Stores {
  private static final String SQLITE = "jdbc:sqlite:";
  private static final String POSTGRES = "jdbc:postgresql:";

  /** The low byte of a result code; the others tell more. */
  private static final int PRIMARY_CODE = 0xff;

  /** What does not get better by itself. */
  private static final Set<Integer> FOR_GOOD =
      Stream.of(
              SQLiteErrorCode.SQLITE_PERM,
              SQLiteErrorCode.SQLITE_READONLY,
              SQLiteErrorCode.SQLITE_CORRUPT,
              SQLiteErrorCode.SQLITE_CANTOPEN,
              SQLiteErrorCode.SQLITE_NOTADB)
          .map(code -> code.code)
          .collect(Collectors.toUnmodifiableSet());

  private Stores() {}

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
    JdbcMachineStore store = new JdbcMachineStore(database, shared ? "postgres" : "sqlite");
    try {
      store.migrate();
      if (file != null) {
        file.check();
      }
    } catch (SQLException e) {
      if (file != null || e instanceof Schema.NewerException) {
        store.close();
        throw failure(e);
      }
    }
    return store;
  }

  /** What to tell the operator of a store that cannot be opened. */
  static IOException failure(SQLException e) {
    String message = firstLine(e);
    boolean forGood =
        e instanceof Schema.NewerException
            || (e instanceof SQLiteException sqlite
                && FOR_GOOD.contains(sqlite.getResultCode().code & PRIMARY_CODE));
    return forGood ? new UnusableStoreException(message, e) : new IOException(message, e);
  }

  /** What went wrong, in one line: drivers say it in several. */
  static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("?");
  }

  /** The file of a SQLite URL. */
  static Path sqliteFile(String url) {
    return Path.of(url.substring(SQLITE.length()));
  }
}
