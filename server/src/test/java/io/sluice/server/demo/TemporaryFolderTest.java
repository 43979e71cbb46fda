package io.sluice.server.demo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
  @TempDir private Path elsewhere;

  @Test
  void itIsGoneWithAllThatIsInIt() throws IOException {
    Path path;
    try (TemporaryFolder folder = TemporaryFolder.make("sluice-test-")) {
      path = folder.path();
      assertTrue(Files.isDirectory(path));
      assertTrue(path.getFileName().toString().startsWith("sluice-test-"));
      Files.createDirectories(path.resolve("a/b/c"));
      Files.writeString(path.resolve("a/b/file"), "x");
      Files.writeString(path.resolve("file"), "x");
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void whatALinkLeadsToStays() throws IOException {
    Path kept = Files.writeString(elsewhere.resolve("kept"), "x");
    try (TemporaryFolder folder = TemporaryFolder.make("sluice-test-")) {
      Files.createSymbolicLink(folder.path().resolve("folder"), elsewhere);
      Files.createSymbolicLink(folder.path().resolve("file"), kept);
    }
    assertTrue(Files.exists(kept));
  }

  @Test
  void eachIsAnother() throws IOException {
    try (TemporaryFolder first = TemporaryFolder.make("sluice-test-");
        TemporaryFolder second = TemporaryFolder.make("sluice-test-")) {
      assertNotEquals(first.path(), second.path());
    }
  }
}
