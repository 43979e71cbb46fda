package io.sluice.server.store;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.boot.Coverage;
import io.sluice.server.boot.FieldException;
import io.sluice.server.boot.HistoryEntry;
import io.sluice.server.boot.Machine;
import io.sluice.server.boot.MachineDocument;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.StoreException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Machines in a database, each a JSON document with a revision. All changes go through one row that
 * counts revisions: whoever changes something holds it until the commit, so revisions become
 * visible in their order and a look for everything after one misses nothing.
 */
final class JdbcMachineStore implements MachineStore {
  private static final int FETCH_ROWS = 1000;

  /** How long history is kept. */
  private static final Duration HISTORY = Duration.ofDays(90);

  private final Database database;
  private long prunedAt;

  JdbcMachineStore(Database database) {
    this.database = database;
  }

  @Override
  public Result write(List<Edit> edits) throws StoreException {
    if (edits.isEmpty()) {
      return new Result.Written(List.of());
    }
    return transaction(connection -> new MachineWriter(connection).write(edits));
  }

  @Override
  public List<Change> changesAfter(long revision) throws StoreException {
    return transaction(
        connection -> {
          List<Change> changes = new ArrayList<>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT id, revision, document FROM machine WHERE revision > ? ORDER BY revision")) {
            select.setLong(1, revision);
            select.setFetchSize(FETCH_ROWS);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                String id = rows.getString(1);
                changes.add(new Change(id, machine(id, rows.getString(3)), rows.getLong(2)));
              }
            }
          }
          return changes;
        });
  }

  static @Nullable Machine machine(String id, @Nullable String document) throws SQLException {
    if (document == null) {
      return null;
    }
    try {
      return MachineDocument.readStored(id, new LinkedHashMap<>(JSON.std.mapFrom(document)));
    } catch (IOException | FieldException e) {
      throw new SQLException("machine " + id + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void record(List<HistoryEntry> entries) throws StoreException {
    if (entries.isEmpty()) {
      return;
    }
    transaction(
        connection -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO history (machine, at, event, detail) VALUES (?, ?, ?, ?)")) {
            for (HistoryEntry entry : entries) {
              insert.setString(1, entry.machine());
              insert.setLong(2, entry.at().toEpochMilli());
              insert.setString(3, entry.event());
              insert.setString(4, entry.detail());
              insert.addBatch();
            }
            insert.executeBatch();
          }
          prune(connection, entries.get(0).at().toEpochMilli());
          return entries.size();
        });
  }

  private void prune(Connection connection, long now) throws SQLException {
    if (now - prunedAt < Duration.ofHours(1).toMillis()) {
      return;
    }
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM history WHERE at < ?")) {
      delete.setLong(1, now - HISTORY.toMillis());
      delete.executeUpdate();
    }
    CoverageWriter.prune(connection, now - HISTORY.toMillis());
    prunedAt = now;
  }

  @Override
  public List<HistoryEntry> history(String machine, int limit) throws StoreException {
    return transaction(
        connection -> {
          List<HistoryEntry> entries = new ArrayList<>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT at, event, detail FROM history WHERE machine = ?"
                      + " ORDER BY number DESC LIMIT ?")) {
            select.setString(1, machine);
            select.setInt(2, limit);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                Instant at = Instant.ofEpochMilli(rows.getLong(1));
                entries.add(new HistoryEntry(machine, at, rows.getString(2), rows.getString(3)));
              }
            }
          }
          return entries;
        });
  }

  @Override
  public Coverage cover(String token, String image, Coverage delivered) throws StoreException {
    return transaction(connection -> new CoverageWriter(connection).add(token, image, delivered));
  }

  @Override
  public boolean isShared() {
    return database.isShared();
  }

  @Override
  public void awaitChange(long millis) throws StoreException, InterruptedException {
    try {
      database.awaitChange(millis);
    } catch (SQLException e) {
      throw away(e);
    }
  }

  @Override
  public void close() {
    database.close();
  }

  private interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  private <T> T transaction(Work<T> work) throws StoreException {
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.in(connection);
        if (result instanceof Result && !(result instanceof Result.Written)) {
          connection.rollback();
        } else {
          if (result instanceof Result.Written) {
            database.announce(connection);
          }
          connection.commit();
        }
        return result;
      } catch (SQLException | RuntimeException e) {
        rollback(connection, e);
        throw e;
      }
    } catch (SQLException e) {
      throw away(e);
    }
  }

  private static void rollback(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  private static StoreException away(SQLException e) {
    return new StoreException(String.valueOf(e.getMessage()).lines().findFirst().orElse("?"), e);
  }
}
