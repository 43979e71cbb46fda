package io.sluice.server.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIdentityTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void aFileOfTenBytes() throws IOException {
    file = Files.writeString(folder.resolve("file"), "0123456789");
  }

  /** Waits until a change made from now on bears another time than the last change of the file. */
  private void untilTheClockOfTheFileSystemTicks() throws IOException {
    FileTime last = FileIdentity.of(file).changed();
    Path probe = folder.resolve("probe");
    do {
      Files.deleteIfExists(probe);
      Files.createFile(probe);
    } while (FileIdentity.of(probe).changed().compareTo(last) <= 0);
  }

  private void assertChanges(FileIdentity before) throws IOException {
    FileIdentity after = FileIdentity.of(file);
    assertNotEquals(before, after);
    assertNotEquals(before.tag(), after.tag());
  }

  @Test
  void aFileThatNobodyTouchesKeepsItsIdentity() throws IOException {
    FileIdentity before = FileIdentity.of(file);
    assertEquals("0123456789", Files.readString(file));
    assertEquals(before, FileIdentity.of(file));
    assertEquals(before.tag(), FileIdentity.of(file).tag());
    assertEquals(10, before.size());
    assertTrue(before.regular());
  }

  @Test
  void everyPartOfItTellsTwoApart() {
    FileTime later = FileTime.from(LONG_AGO.toInstant().plusNanos(1));
    FileIdentity one = new FileIdentity(1, 2, 3, LONG_AGO, LONG_AGO, true);
    FileIdentity same = new FileIdentity(1, 2, 3, LONG_AGO, LONG_AGO, true);
    assertEquals(one, same);
    assertEquals(one.hashCode(), same.hashCode());
    for (FileIdentity other :
        List.of(
            new FileIdentity(9, 2, 3, LONG_AGO, LONG_AGO, true),
            new FileIdentity(1, 9, 3, LONG_AGO, LONG_AGO, true),
            new FileIdentity(1, 2, 9, LONG_AGO, LONG_AGO, true),
            new FileIdentity(1, 2, 3, later, LONG_AGO, true),
            new FileIdentity(1, 2, 3, LONG_AGO, later, true),
            new FileIdentity(1, 2, 3, LONG_AGO, LONG_AGO, false))) {
      assertNotEquals(one, other);
    }
  }

  @Test
  void bytesChangedInPlaceChangeTheIdentity() throws IOException {
    FileIdentity before = FileIdentity.of(file);
    untilTheClockOfTheFileSystemTicks();
    Files.writeString(file, "9876543210", StandardOpenOption.WRITE);
    assertChanges(before);
  }

  @Test
  void bytesChangedInPlaceChangeTheIdentityEvenWhenTheModificationTimeIsPutBack()
      throws IOException {
    Files.setLastModifiedTime(file, LONG_AGO);
    FileIdentity before = FileIdentity.of(file);
    untilTheClockOfTheFileSystemTicks();
    Files.writeString(file, "9876543210", StandardOpenOption.WRITE);
    Files.setLastModifiedTime(file, LONG_AGO);
    assertEquals(before.modified(), FileIdentity.of(file).modified());
    assertEquals(before.inode(), FileIdentity.of(file).inode());
    assertChanges(before);
  }

  @Test
  void growthChangesTheIdentityAtOnce() throws IOException {
    FileIdentity before = FileIdentity.of(file);
    Files.writeString(file, "x", StandardOpenOption.APPEND);
    assertChanges(before);
  }

  @Test
  void aFileRenamedOverAnotherHasItsOwnIdentityAtOnce() throws IOException {
    Files.setLastModifiedTime(file, LONG_AGO);
    FileIdentity before = FileIdentity.of(file);
    Path next = Files.writeString(folder.resolve("next"), "9876543210");
    Files.setLastModifiedTime(next, LONG_AGO);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    assertEquals(before.size(), FileIdentity.of(file).size());
    assertEquals(before.modified(), FileIdentity.of(file).modified());
    assertChanges(before);
  }

  @Test
  void twoFilesOfEqualBytesAreNotTheSame() throws IOException {
    Path twin = Files.copy(file, folder.resolve("twin"), StandardCopyOption.COPY_ATTRIBUTES);
    assertNotEquals(FileIdentity.of(file).tag(), FileIdentity.of(twin).tag());
  }

  @Test
  void onlyRegularFilesAreRegular() throws IOException {
    assertFalse(FileIdentity.of(folder).regular());
    assertFalse(FileIdentity.of(Path.of("/dev/zero")).regular());
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertFalse(FileIdentity.of(link).regular());
  }

  @Test
  void whatIsNotThereHasNoIdentity() {
    assertThrows(NoSuchFileException.class, () -> FileIdentity.of(folder.resolve("none")));
  }

  @Test
  void aFreshChangeMayBeFollowedByOneOfTheSameTime() throws IOException {
    FileIdentity identity = FileIdentity.of(file);
    Instant changed = identity.changed().toInstant();
    assertTrue(identity.mayChangeUnnoticed(changed));
    assertTrue(identity.mayChangeUnnoticed(changed.plusMillis(20)));
    assertFalse(identity.mayChangeUnnoticed(changed.plusMillis(20).plusNanos(1)));
    assertTrue(identity.mayChangeUnnoticed(changed.minusMillis(20)));
    assertFalse(
        identity.mayChangeUnnoticed(changed.minusSeconds(5)),
        "a clock far behind stamps other times than this one");
  }

  @Test
  void everyPartOfTheIdentityIsPartOfTheTag() {
    FileTime first = FileTime.from(Instant.EPOCH);
    FileTime second = FileTime.from(Instant.EPOCH.plusNanos(1));
    List<FileIdentity> identities = new ArrayList<>();
    identities.add(new FileIdentity(1, 1, 1, first, first, true));
    identities.add(new FileIdentity(2, 1, 1, first, first, true));
    identities.add(new FileIdentity(1, 2, 1, first, first, true));
    identities.add(new FileIdentity(1, 1, 2, first, first, true));
    identities.add(new FileIdentity(1, 1, 1, second, first, true));
    identities.add(new FileIdentity(1, 1, 1, first, second, true));
    identities.add(new FileIdentity(11, 1, 1, first, first, true));
    identities.add(new FileIdentity(1, 11, 1, first, first, true));
    assertEquals(
        identities.size(),
        new HashSet<>(identities.stream().map(FileIdentity::tag).toList()).size());
  }

  @Test
  void theTagIsOneThatAHeaderFieldMayCarry() throws IOException {
    assertTrue(FileIdentity.of(file).tag().matches("[0-9a-z-]+"), FileIdentity.of(file).tag());
  }
}
