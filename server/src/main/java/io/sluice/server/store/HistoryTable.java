package io.sluice.server.store;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.HistoryEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What happened to machines, as rows, within a transaction. */
final class HistoryTable {
  /** Rows that are sent at once; there may be one for each machine of an import. */
  private static final int LARGEST_BATCH = 1000;

  private final Connection connection;

  HistoryTable(Connection connection) {
    this.connection = connection;
  }

  void add(List<HistoryEntry> entries) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO history (machine, at, event, detail, address, token)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      int waiting = 0;
      for (HistoryEntry entry : entries) {
        insert.setString(1, entry.machine());
        insert.setLong(2, entry.at().toEpochMilli());
        insert.setString(3, entry.event());
        insert.setString(4, entry.detail());
        insert.setString(5, entry.by().address());
        insert.setString(6, entry.by().token());
        insert.addBatch();
        if (++waiting == LARGEST_BATCH) {
          insert.executeBatch();
          waiting = 0;
        }
      }
      if (waiting > 0) {
        insert.executeBatch();
      }
    }
  }

  /** The newest entries of a machine, the newest first. */
  List<HistoryEntry> newest(String machine, int limit) throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT at, event, detail, address, token FROM history WHERE machine = ?"
                + " ORDER BY number DESC LIMIT ?")) {
      select.setString(1, machine);
      select.setInt(2, limit);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          entries.add(
              new HistoryEntry(
                  machine,
                  Instant.ofEpochMilli(rows.getLong(1)),
                  rows.getString(2),
                  rows.getString(3),
                  new Actor(rows.getString(4), rows.getString(5))));
        }
      }
    }
    return entries;
  }
}
