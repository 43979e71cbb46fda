package io.sluice.server.store;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.MachineStore.Change;
import io.sluice.server.machines.MachineStore.Edit;
import io.sluice.server.machines.MachineStore.Position;
import io.sluice.server.machines.MachineStore.Result;
import io.sluice.server.net.Identifiers;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes machines within one transaction, which the caller commits or, on a refusal, takes back.
 */
final class MachineWriter {
  /** A batch is in memory until it is executed. */
  private static final int LARGEST_BATCH = 500;

  private static final String SERIAL = "serial ";

  /** A server that has seen none of so many changes reads everything anew. */
  private static final long REMEMBERED_REVISIONS = 100_000;

  private static final long FORGET_EVERY = 100;

  private final Connection connection;

  MachineWriter(Connection connection) {
    this.connection = connection;
  }

  /** See {@link io.sluice.server.machines.MachineStore#write}. */
  Result write(List<Edit> edits, Position known) throws SQLException {
    long revision = nextRevisions(edits.size());
    if (!NewsReader.has(connection, known)) {
      return new Result.Stale(edits.get(0).id(), MachineStore.ABSENT);
    }
    // All names are given up before any is taken, so that machines can swap theirs.
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT revision FROM machine WHERE id = ? AND document IS NOT NULL");
        PreparedStatement forget =
            connection.prepareStatement("DELETE FROM machine_key WHERE machine = ?")) {
      for (Edit edit : edits) {
        long actual = actual(select, edit.id());
        if (edit.expected() >= 0 && edit.expected() != actual) {
          return new Result.Stale(edit.id(), actual);
        }
        if (actual > 0) {
          forget.setString(1, edit.id());
          forget.addBatch();
        }
      }
      forget.executeBatch();
    }
    for (Edit edit : edits) {
      Machine next = edit.next();
      Result.Taken taken = next == null ? null : take(next);
      if (taken != null) {
        return taken;
      }
    }
    new HistoryTable(connection)
        .add(edits.stream().map(Edit::noted).filter(Objects::nonNull).toList());
    return put(edits, revision);
  }

  /** Takes as many revisions as there are edits; holds the counter until the commit. */
  private long nextRevisions(int count) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE revision SET latest = latest + ? WHERE one = 1 RETURNING latest")) {
      update.setInt(1, count);
      try (ResultSet row = update.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("revision: no row (expected: the one the schema makes)");
        }
        return row.getLong(1) - count;
      }
    }
  }

  private static long actual(PreparedStatement select, String id) throws SQLException {
    select.setString(1, id);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  private static List<String> keys(Machine machine) {
    List<String> keys = new ArrayList<>();
    for (MacAddress mac : machine.macs()) {
      if (Identifiers.isMac(mac.colons())) {
        keys.add("mac " + mac.colons());
      }
    }
    Identifiers.uuid(machine.uuid()).ifPresent(uuid -> keys.add("uuid " + uuid));
    Identifiers.serial(machine.serial()).ifPresent(serial -> keys.add(SERIAL + serial));
    return keys;
  }

  private Result.@Nullable Taken take(Machine machine) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO machine_key (name, machine) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      for (String key : keys(machine)) {
        insert.setString(1, key);
        insert.setString(2, machine.id());
        if (insert.executeUpdate() == 0) {
          String owner = owner(key);
          if (!hadBefore(machine.id(), key) || !hadBefore(owner, key)) {
            return new Result.Taken(machine.id(), key, owner);
          }
        }
      }
    }
    return null;
  }

  /**
   * Whether a machine had a serial number before this write. Two can have had the same since a
   * server compared them letter by letter: they may be changed and installed, but neither is found
   * by that number.
   */
  private boolean hadBefore(String id, String key) throws SQLException {
    if (!key.startsWith(SERIAL)) {
      return false;
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT document FROM machine WHERE id = ?")) {
      select.setString(1, id);
      try (ResultSet row = select.executeQuery()) {
        Machine old = row.next() ? NewsReader.machine(id, row.getString(1)) : null;
        return old != null && keys(old).contains(key);
      }
    } catch (IOException | FieldException unreadable) {
      return false;
    }
  }

  private String owner(String key) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT machine FROM machine_key WHERE name = ?")) {
      select.setString(1, key);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getString(1) : "another";
      }
    }
  }

  private Result put(List<Edit> edits, long before) throws SQLException {
    List<Change> changes = new ArrayList<>();
    long revision = before;
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO machine (id, revision, document) VALUES (?, ?, ?) ON CONFLICT (id)"
                + " DO UPDATE SET revision = excluded.revision, document = excluded.document")) {
      for (Edit edit : edits) {
        revision++;
        upsert.setString(1, edit.id());
        upsert.setLong(2, revision);
        upsert.setString(3, document(edit.next()));
        upsert.addBatch();
        changes.add(new Change(edit.id(), edit.next(), revision));
        if (changes.size() % LARGEST_BATCH == 0) {
          upsert.executeBatch();
        }
      }
      upsert.executeBatch();
    }
    return new Result.Written(changes, mark(revision));
  }

  /** Puts down which write this was, and forgets those of long ago. */
  private String mark(long revision) throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement("INSERT INTO mark (revision, value) VALUES (?, ?)");
        PreparedStatement forget =
            connection.prepareStatement("DELETE FROM mark WHERE revision < ?")) {
      insert.setLong(1, revision);
      String mark = UUID.randomUUID().toString();
      insert.setString(2, mark);
      insert.executeUpdate();
      if (revision % FORGET_EVERY == 0) {
        forget.setLong(1, revision - REMEMBERED_REVISIONS);
        forget.executeUpdate();
      }
      return mark;
    }
  }

  private static @Nullable String document(@Nullable Machine machine) throws SQLException {
    try {
      return machine == null ? null : JSON.std.asString(MachineDocument.write(machine, true));
    } catch (IOException e) {
      throw new SQLException("machine " + machine.id() + ": " + e.getMessage(), e);
    }
  }
}
