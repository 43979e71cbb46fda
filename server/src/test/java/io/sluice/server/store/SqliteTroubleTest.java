package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.MachineStore.Edit;
import io.sluice.server.machines.MachineStore.News;
import io.sluice.server.machines.MachineStore.Position;
import io.sluice.server.machines.MachineStore.Result;
import io.sluice.server.machines.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a SQLite file while a server uses it, and what is found at the start. */
class SqliteTroubleTest {
  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("sluice.db");
  }

  private MachineStore open() throws IOException {
    return Stores.open("jdbc:sqlite:" + file());
  }

  private static Edit put(String id, int mac) {
    MacAddress address = MacAddress.parse(String.format("5254%08x", mac)).orElseThrow();
    return new Edit(id, Machine.of(id, address), MachineStore.ANY);
  }

  private static void write(MachineStore store, String id, int mac) throws StoreException {
    assertInstanceOf(Result.Written.class, store.write(List.of(put(id, mac))));
  }

  private static List<String> ids(News news) {
    return news.changes().stream().map(MachineStore.Change::id).toList();
  }

  private void sql(String... statements) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  @Test
  void aFileThatAnotherProcessHeldForLongIsWrittenAgain() throws Exception {
    try (MachineStore store = open()) {
      write(store, "a", 1);
      Position known = store.newsSince(Position.NOTHING, Position.NOTHING).upTo();
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN EXCLUSIVE");
        assertThrows(StoreException.class, () -> write(store, "b", 2));
        assertThrows(StoreException.class, store::tryWriting);
        assertEquals(List.of(), store.newsSince(known, known).changes(), "a look does not wait");
        statement.execute("ROLLBACK");
      }
      write(store, "b", 2);
      assertEquals(List.of("b"), ids(store.newsSince(known, known)));
    }
  }

  @Test
  void anotherProcessMayWriteWhileNothingIsWrittenHere() throws Exception {
    try (MachineStore store = open()) {
      write(store, "a", 1);
      sql("BEGIN IMMEDIATE", "COMMIT");
      write(store, "b", 2);
    }
  }

  @Test
  void aBackupThatIsMovedToTheNameIsUsedAndSaidToBeOlder() throws Exception {
    Path backup = folder.resolve("backup.db");
    try (MachineStore store = open()) {
      write(store, "a", 1);
      StoreBackup.write("jdbc:sqlite:" + file(), backup, Map.of());
      write(store, "lost", 2);
      Position known = store.newsSince(Position.NOTHING, Position.NOTHING).upTo();
      Files.move(backup, file(), StandardCopyOption.REPLACE_EXISTING);
      News news = store.newsSince(known, known);
      assertTrue(news.complete());
      assertEquals(List.of("a"), ids(news));
      assertInstanceOf(Result.Stale.class, store.write(List.of(put("b", 3)), known));
      write(store, "b", 3);
    }
    try (MachineStore store = open()) {
      assertEquals(List.of("a", "b"), ids(store.newsSince(Position.NOTHING, Position.NOTHING)));
    }
  }

  @Test
  void aFileThatIsGoneIsNotMadeAnew() throws Exception {
    try (MachineStore store = open()) {
      write(store, "a", 1);
      Path aside = Files.move(file(), folder.resolve("aside.db"));
      assertThrows(StoreException.class, () -> write(store, "b", 2));
      assertThrows(StoreException.class, () -> store.newsSince(Position.NOTHING, Position.NOTHING));
      Files.move(aside, file());
      write(store, "b", 2);
    }
  }

  @Test
  void aBackupIsOfOneMomentAndReplacesTheOldOneWhenItIsWhole() throws Exception {
    Path backup = Files.writeString(folder.resolve("backup.db"), "the old one");
    try (MachineStore store = open()) {
      write(store, "a", 1);
      StoreBackup.write("jdbc:sqlite:" + file(), backup, Map.of());
      write(store, "b", 2);
    }
    try (MachineStore restored = Stores.open("jdbc:sqlite:" + backup)) {
      assertEquals(List.of("a"), ids(restored.newsSince(Position.NOTHING, Position.NOTHING)));
    }
    Files.writeString(backup, "the old one");
    assertThrows(
        IOException.class,
        () -> StoreBackup.write("jdbc:sqlite:" + folder.resolve("none.db"), backup, Map.of()));
    assertEquals("the old one", Files.readString(backup));
    try (Stream<Path> left = Files.list(folder)) {
      assertTrue(left.noneMatch(each -> each.getFileName().toString().startsWith(".")));
    }
  }

  @Test
  void aRecordThatCannotBeReadCostsThatRecord() throws Exception {
    try (MachineStore store = open()) {
      write(store, "a", 1);
      write(store, "b", 2);
      write(store, "c", 3);
      write(store, "d", 4);
      sql(
          "UPDATE machine SET document = '{\"macs\":[],\"colour\":\"red\"}' WHERE id = 'b'",
          "UPDATE machine SET document = '[1' WHERE id = 'c'",
          "UPDATE machine SET document = 'null' WHERE id = 'd'");
      News news = store.newsSince(Position.NOTHING, Position.NOTHING);
      assertEquals(List.of("a"), ids(news));
      assertEquals(
          List.of("b", "c", "d"),
          news.unreadable().stream().map(MachineStore.Unreadable::id).toList());
      assertTrue(
          news.unreadable().get(0).problem().contains("colour"), news.unreadable().toString());
    }
  }

  @Test
  void tablesOfANewerVersionAreRefused() throws Exception {
    open().close();
    sql(
        "INSERT INTO sluice_migration SELECT 99, mtype, mstatus, '9.9', 'later', mchecksum, run_on,"
            + " run_by, run_time FROM sluice_migration WHERE mversion = '1.0'");
    IOException refused = assertThrows(IOException.class, this::open);
    assertTrue(
        String.valueOf(refused.getMessage()).startsWith("tables: version 9.9"),
        refused.getMessage());
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    try (MachineStore store = open()) {
      for (int i = 0; i < 500; i++) {
        write(store, "m" + i, i);
      }
    }
    try (RandomAccessFile damaged = new RandomAccessFile(file().toFile(), "rw")) {
      byte[] garbage = new byte[8192];
      new Random(1).nextBytes(garbage);
      damaged.seek(damaged.length() / 2);
      damaged.write(garbage);
    }
    IOException refused = assertThrows(IOException.class, this::open);
    assertTrue(String.valueOf(refused.getMessage()).contains("damaged"), refused.getMessage());
  }
}
