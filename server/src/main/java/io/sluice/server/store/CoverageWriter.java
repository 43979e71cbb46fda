package io.sluice.server.store;

import io.sluice.server.boot.Coverage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Puts together what servers have delivered, within one transaction, which the caller commits. */
final class CoverageWriter {
  private final Connection connection;

  CoverageWriter(Connection connection) {
    this.connection = connection;
  }

  /** See {@link io.sluice.server.boot.MachineStore#cover}. */
  Coverage add(String token, String image, Coverage delivered) throws SQLException {
    Coverage all = Coverage.of(delivered.total(), locked(token, image));
    all.addAll(delivered);
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE coverage SET runs = ? WHERE token = ? AND image = ?")) {
      update.setString(1, all.text());
      update.setString(2, token);
      update.setString(3, image);
      update.executeUpdate();
    }
    return all;
  }

  /** What there is; nobody else changes it before the commit. */
  private String locked(String token, String image) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO coverage (token, image, at, runs) VALUES (?, ?, ?, '')"
                + " ON CONFLICT (token, image) DO UPDATE SET at = excluded.at RETURNING runs")) {
      upsert.setString(1, token);
      upsert.setString(2, image);
      upsert.setLong(3, System.currentTimeMillis());
      try (ResultSet row = upsert.executeQuery()) {
        return row.next() ? row.getString(1) : "";
      }
    }
  }

  /** Forgets what nobody has added to for long. */
  static void prune(Connection connection, long before) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM coverage WHERE at < ?")) {
      delete.setLong(1, before);
      delete.executeUpdate();
    }
  }
}
