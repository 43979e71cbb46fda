package io.sluice.server.store;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.fleet.FleetMemory;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore.Change;
import io.sluice.server.machines.MachineStore.News;
import io.sluice.server.machines.MachineStore.Position;
import io.sluice.server.machines.MachineStore.Unreadable;
import io.sluice.server.machines.StoreException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what is news, within one transaction. */
final class NewsReader {
  private static final int FETCH_ROWS = 1000;

  private final Connection connection;

  NewsReader(Connection connection) {
    this.connection = connection;
  }

  /** See {@link io.sluice.server.machines.MachineStore#newsSince}. */
  News since(Position known, Position newest) throws SQLException, StoreException {
    Position latest = latest();
    boolean complete = known.equals(Position.NOTHING) || !has(connection, newest, latest);
    List<Change> changes = new ArrayList<>();
    List<Unreadable> unreadable = new ArrayList<>();
    long after = complete ? 0 : known.revision();
    if (latest.revision() > after) {
      read(after, changes, unreadable);
    }
    return new News(complete, changes, unreadable, latest);
  }

  private void read(long after, List<Change> changes, List<Unreadable> unreadable)
      throws SQLException, StoreException {
    FleetMemory memory = FleetMemory.ofHeap();
    long bytes = 0;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, revision, document FROM machine WHERE revision > ? ORDER BY revision")) {
      select.setLong(1, after);
      select.setFetchSize(FETCH_ROWS);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          String id = rows.getString(1);
          long revision = rows.getLong(2);
          try {
            Change change = new Change(id, machine(id, rows.getString(3)), revision);
            bytes += change.bytes();
            changes.add(change);
          } catch (IOException | FieldException e) {
            unreadable.add(new Unreadable(id, revision, String.valueOf(e.getMessage())));
          }
          memory.checkFollowed(bytes);
        }
      }
    }
  }

  /** A machine as it is stored, null when it is gone. */
  static @Nullable Machine machine(String id, @Nullable String document)
      throws IOException, FieldException {
    if (document == null) {
      return null;
    }
    Map<String, Object> object;
    try {
      object = JSON.std.mapFrom(document);
    } catch (IOException e) {
      throw new IOException("no JSON object: " + Stores.firstLine(e), e);
    }
    if (object == null) {
      throw new IOException("no JSON object");
    }
    return MachineDocument.readStored(id, new LinkedHashMap<>(object));
  }

  private Position latest() throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT latest, value FROM revision LEFT JOIN mark ON mark.revision = latest"
                    + " WHERE one = 1");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("revision: no row (expected: the one the schema makes)");
      }
      String mark = row.getString(2);
      return new Position(row.getLong(1), mark == null ? "" : mark);
    }
  }

  private static boolean has(Connection connection, Position known, Position latest)
      throws SQLException {
    return known.equals(latest)
        || (latest.revision() >= known.revision() && has(connection, known));
  }

  /** Whether a store is still the one of which something is known. */
  static boolean has(Connection connection, Position known) throws SQLException {
    if (known.mark().isEmpty()) {
      return true;
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM mark WHERE revision = ? AND value = ?")) {
      select.setLong(1, known.revision());
      select.setString(2, known.mark());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }
}
