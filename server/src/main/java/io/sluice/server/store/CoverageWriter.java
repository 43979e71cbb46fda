package io.sluice.server.store;

import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.InFlightRange;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Puts together what servers have delivered, within one transaction, which the caller commits. */
final class CoverageWriter {
  private final Connection connection;

  CoverageWriter(Connection connection) {
    this.connection = connection;
  }

  private record Row(String runs, String sending) {}

  /** See {@link io.sluice.server.machines.MachineStore#cover}. */
  List<Coverage> add(List<Delivery> deliveries) throws SQLException {
    List<Coverage> all = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      Coverage together = new Coverage(delivery.delivered().total());
      for (String image : delivery.names()) {
        add(delivery, image, together);
      }
      all.add(together);
    }
    return all;
  }

  private void add(Delivery delivery, String image, Coverage together) throws SQLException {
    Row row = locked(delivery.token(), image, together.total());
    together.addAll(Coverage.of(together.total(), row.runs()));
    List<InFlightRange> sending = delivery.addTo(together, InFlightRange.of(row.sending()));
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE coverage SET runs = ?, sending = ? WHERE token = ? AND image = ?")) {
      update.setString(1, together.text());
      update.setString(2, InFlightRange.text(sending));
      update.setString(3, delivery.token());
      update.setString(4, image);
      update.executeUpdate();
    }
  }

  /** What there is; no other server changes it before the commit. */
  private Row locked(String token, String image, long total) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO coverage (token, image, at, runs, total, sending)"
                + " VALUES (?, ?, ?, '', ?, '') ON CONFLICT (token, image)"
                + " DO UPDATE SET at = excluded.at, total = excluded.total"
                + " RETURNING runs, sending")) {
      upsert.setString(1, token);
      upsert.setString(2, image);
      upsert.setLong(3, System.currentTimeMillis());
      upsert.setLong(4, total);
      try (ResultSet row = upsert.executeQuery()) {
        return row.next() ? new Row(row.getString(1), row.getString(2)) : new Row("", "");
      }
    }
  }

  /** See {@link io.sluice.server.machines.MachineStore#covered}. */
  List<Coverage> of(String token) throws SQLException {
    List<Coverage> all = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT total, runs FROM coverage WHERE token = ?")) {
      select.setString(1, token);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          all.add(Coverage.of(rows.getLong(1), rows.getString(2)));
        }
      }
    }
    return all;
  }

  /** Forgets what no server has added to for long. */
  static void prune(Connection connection, long before) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM coverage WHERE at < ?")) {
      delete.setLong(1, before);
      delete.executeUpdate();
    }
  }
}
