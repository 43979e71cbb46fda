package io.sluice.server.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldFolderTest {
  @TempDir private Path temp;
  private Path folder;
  private Path outside;
  private HeldFolder images;

  @BeforeEach
  void aRootWithoutImages() throws IOException {
    folder = Files.createDirectories(temp.toRealPath().resolve("root"));
    outside = Files.createDirectories(temp.toRealPath().resolve("outside"));
    images = new HeldFolder(new ServedRoot(folder), "images");
  }

  @Test
  void aFolderThatIsNotThereIsMadeWhenItIsWrittenToAndNotWhenItIsReadFrom() throws IOException {
    assertThrows(NoSuchFileException.class, () -> images.within(Files::list));
    images.withinMade(in -> Files.writeString(in.resolve("x"), "x"));
    assertEquals("x", Files.readString(folder.resolve("images/x")));
  }

  @Test
  void whatIsWrittenWhileTheFolderIsExchangedStaysInTheFolderThatWasThere() throws IOException {
    Path kept = folder.resolve("kept");
    images.withinMade(
        in -> {
          Files.move(folder.resolve("images"), kept);
          Files.createSymbolicLink(folder.resolve("images"), outside);
          Files.writeString(in.resolve("next"), "x");
          return Files.move(in.resolve("next"), in.resolve("x"));
        });
    assertEquals("x", Files.readString(kept.resolve("x")));
    assertFalse(Files.exists(outside.resolve("x")));
    assertThrows(NoSuchFileException.class, () -> images.within(Files::list));
    assertThrows(NotDirectoryException.class, () -> images.withinMade(Files::list));
  }

  @Test
  void aFailureNamesTheFileAsAnOperatorKnowsIt() throws IOException {
    images.withinMade(in -> Files.createFile(in.resolve("x")));
    String file = folder.resolve("images/x").toString();
    assertEquals(
        file,
        assertThrows(
                FileAlreadyExistsException.class,
                () -> images.within(in -> Files.createFile(in.resolve("x"))))
            .getFile());
    Files.delete(folder.resolve("images/x"));
    assertEquals(
        file,
        assertThrows(
                NoSuchFileException.class, () -> images.within(in -> Files.size(in.resolve("x"))))
            .getFile());
  }
}
