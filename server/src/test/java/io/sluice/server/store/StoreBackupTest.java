package io.sluice.server.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoreBackupTest {
  @TempDir private Path folder;

  @Test
  void aCopyIsAStoreOfItsOwn() throws IOException {
    Path file = store();
    Path copy = folder.resolve("copy.db");
    StoreBackup.write("jdbc:sqlite:" + file, copy, Map.of());
    try (var opened = Stores.open("jdbc:sqlite:" + copy)) {
      assertTrue(Files.size(copy) > 0, opened.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"m.db", "m.db-wal", "m.db-shm", "m.db-journal", "x/../m.db", "link.db"})
  void theStoreItselfIsNoPlaceForItsCopy(String name) throws IOException {
    Path file = store();
    Files.createDirectory(folder.resolve("x"));
    Files.createSymbolicLink(folder.resolve("link.db"), file);
    byte[] before = Files.readAllBytes(file);
    IOException refused =
        assertThrows(
            IOException.class,
            () -> StoreBackup.write("jdbc:sqlite:" + file, folder.resolve(name), Map.of()));
    assertTrue(
        String.valueOf(refused.getMessage())
            .endsWith("(expected: another file than the store itself)"),
        refused.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  private Path store() throws IOException {
    Path file = folder.resolve("m.db");
    Stores.open("jdbc:sqlite:" + file).close();
    return file;
  }
}
