package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.boot.MachineStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
