package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.MachineStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest extends StoreSuite {
  @TempDir private Path folder;

  @Override
  MachineStore open() throws IOException {
    return Stores.open("jdbc:sqlite:" + folder.resolve("state/sluice.db"));
  }

  @Test
  void aCommitIsOnTheDisk() throws IOException, SQLException {
    try (SqliteDatabase database = SqliteDatabase.open(folder.resolve("other.db"))) {
      Connection connection = database.take();
      try (Statement ask = connection.createStatement()) {
        try (ResultSet mode = ask.executeQuery("PRAGMA journal_mode")) {
          assertEquals("wal", mode.getString(1));
        }
        try (ResultSet synchronous = ask.executeQuery("PRAGMA synchronous")) {
          assertEquals(2, synchronous.getInt(1), "2 is FULL");
        }
      } finally {
        database.giveBack(connection, true);
      }
      assertFalse(database.isShared());
    }
  }

  /** What 1.1 and before has: numbers letter by letter, so that two machines can have one. */
  private void makeOld(Path file) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement change = connection.createStatement()) {
      change.executeUpdate("UPDATE machine_key SET name = 'serial AbC9' WHERE machine = 'a'");
      change.executeUpdate("UPDATE machine_key SET name = 'serial aBC9 ' WHERE machine = 'b'");
      change.executeUpdate(
          "UPDATE machine SET document = replace(document, 'X2', 'aBC9 ') WHERE id = 'b'");
      assertEquals(1, change.executeUpdate("DELETE FROM sluice_migration WHERE mversion = '1.2'"));
    }
  }

  @Test
  void serialNumbersOfAnOlderServerClashWhateverTheirCaseAndTheirMachinesCanBeChanged()
      throws IOException, SQLException {
    Path file = folder.resolve("old.db");
    try (MachineStore old = Stores.open("jdbc:sqlite:" + file)) {
      old.write(List.of(put(withNames("a", "", "AbC9"), MachineStore.ANY)));
      old.write(List.of(put(withNames("b", "", "X2"), MachineStore.ANY)));
    }
    makeOld(file);
    try (MachineStore now = Stores.open("jdbc:sqlite:" + file)) {
      assertInstanceOf(
          MachineStore.Result.Taken.class,
          now.write(List.of(put(withNames("c", "", " abc9"), MachineStore.ANY))));
      for (String id : List.of("b", "a")) {
        assertInstanceOf(
            MachineStore.Result.Written.class,
            now.write(List.of(put(withNames(id, "", "abc9"), MachineStore.ANY))));
      }
    }
  }

  @Test
  void aSecondServerIsRefused() {
    IOException e = assertThrows(IOException.class, this::open);
    assertTrue(
        String.valueOf(e.getMessage()).endsWith("(expected: a file that no other server uses)"),
        e.getMessage());
  }

  @Test
  void whatIsNoDatabaseIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("text.db"), "x".repeat(8192));
    assertThrows(IOException.class, () -> Stores.open("jdbc:sqlite:" + file));
    Files.delete(file);
    Stores.open("jdbc:sqlite:" + file).close();
  }
}
