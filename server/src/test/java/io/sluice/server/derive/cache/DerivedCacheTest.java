package io.sluice.server.derive.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.TestDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedCacheTest {
  private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

  @TempDir private Path folder;
  private DerivedCache cache;

  private DerivedCache open(long budget, Instant now) throws IOException {
    if (cache != null) {
      cache.close();
    }
    cache = DerivedCache.open(folder, budget, Clock.fixed(now, ZoneOffset.UTC));
    return cache;
  }

  @AfterEach
  void close() throws IOException {
    if (cache != null) {
      cache.close();
    }
  }

  private static CacheKey key(int number) {
    return new CacheKey(String.format("%064x", number), DerivedFormat.RAW_ZST);
  }

  private Path file(int number) {
    return folder.resolve(key(number).fileName());
  }

  private Draft draft(int number, int size) throws IOException {
    Draft draft = cache.draft(key(number));
    draft.reserve(size);
    draft.write(0, ByteBuffer.wrap(TestDisk.bytes(number, size)));
    return draft;
  }

  private void put(int number, int size) throws IOException {
    try (Draft draft = draft(number, size)) {
      draft.publish().close();
    }
  }

  @Test
  void anEntryIsThereWhenItIsPublishedAndNotBefore() throws IOException {
    open(100, NOON);
    Draft draft = draft(1, 60);
    assertTrue(cache.find(key(1)).isEmpty());
    assertFalse(Files.exists(file(1)));
    assertEquals(60, cache.bytes());
    try (DerivedCache.Lease lease = draft.publish()) {
      assertEquals(60, lease.size());
    }
    draft.close();
    try (DerivedCache.Lease lease = cache.find(key(1)).orElseThrow()) {
      assertEquals(file(1).toRealPath(), lease.file().toRealPath());
      assertEquals(60, Files.size(lease.file()));
    }
    assertEquals(60, cache.bytes());
  }

  @Test
  void whatIsReadAndWrittenStaysInTheFolderThatWasOpenedAlsoWhenALinkTakesItsPlace(
      @TempDir Path other) throws IOException {
    Path named = Files.createDirectory(other.resolve("cache"));
    Path moved = other.resolve("moved");
    Path elsewhere = Files.createDirectories(other.resolve("elsewhere/unfinished")).getParent();
    cache = DerivedCache.open(named, 100, Clock.fixed(NOON, ZoneOffset.UTC));
    Files.move(named, moved);
    Files.createSymbolicLink(named, elsewhere);
    Files.writeString(elsewhere.resolve(key(1).fileName()), "another");
    Draft draft = draft(1, 60);
    draft.publish().close();
    draft.close();
    try (DerivedCache.Lease lease = cache.find(key(1)).orElseThrow()) {
      assertEquals(60, Files.size(lease.file()));
    }
    assertEquals(60, Files.size(moved.resolve(key(1).fileName())));
    assertEquals("another", Files.readString(elsewhere.resolve(key(1).fileName())));
  }

  @Test
  void aDraftThatIsGivenUpLeavesNothing() throws IOException {
    open(100, NOON);
    Draft draft = draft(1, 60);
    draft.close();
    draft.close();
    assertEquals(0, cache.bytes());
    assertTrue(cache.find(key(1)).isEmpty());
    assertEquals(0, folder.resolve("unfinished").toFile().list().length);
    assertThrows(IOException.class, draft::openForReading);
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() throws IOException {
    open(100, NOON);
    put(1, 40);
    put(2, 40);
    cache.find(key(1)).orElseThrow().close();
    put(3, 40);
    assertTrue(cache.find(key(2)).isEmpty());
    assertFalse(Files.exists(file(2)));
    assertTrue(Files.exists(file(1)) && Files.exists(file(3)));
    assertEquals(80, cache.bytes());
  }

  @Test
  void whatIsInUseStaysAndWhatDoesNotFitIsRefused() throws IOException {
    open(100, NOON);
    put(1, 60);
    try (DerivedCache.Lease lease = cache.find(key(1)).orElseThrow()) {
      assertThrows(NoRoomException.class, () -> draft(2, 50));
      assertTrue(Files.exists(lease.file()));
    }
    try (Draft draft = cache.draft(key(3))) {
      draft.reserve(50);
    }
    assertFalse(Files.exists(file(1)));
    assertEquals(0, cache.bytes());
  }

  @Test
  void itIsUsableAfterARestartInTheOrderOfUse() throws IOException {
    open(200, NOON);
    put(1, 40);
    put(2, 40);
    put(3, 40);
    // The stamps are those of the file system's clock; use in a later hour is noted.
    for (int number = 1; number <= 3; number++) {
      Files.setLastModifiedTime(file(number), FileTime.from(NOON.minusSeconds(100 - number)));
    }
    open(200, NOON.plus(Duration.ofHours(1)));
    cache.find(key(1)).orElseThrow().close();
    Files.write(folder.resolve("unfinished").resolve("7-stray"), new byte[1000]);
    Files.write(folder.resolve("notes.txt"), new byte[1000]);
    open(100, NOON.plus(Duration.ofHours(2)));
    assertEquals(80, cache.bytes());
    assertTrue(Files.exists(file(1)) && Files.exists(file(3)));
    assertFalse(Files.exists(file(2)));
    assertEquals(0, folder.resolve("unfinished").toFile().list().length);
    assertTrue(Files.exists(folder.resolve("notes.txt")));
  }

  @Test
  void anEntryThatWasCutShortOrDeletedByOthersIsNone() throws IOException {
    open(100, NOON);
    put(1, 40);
    put(2, 40);
    Files.delete(file(1));
    try (FileChannel two = FileChannel.open(file(2), StandardOpenOption.WRITE)) {
      two.truncate(39);
    }
    assertTrue(cache.find(key(1)).isEmpty());
    assertTrue(cache.find(key(2)).isEmpty());
    assertEquals(0, cache.bytes());
    put(2, 40);
    assertTrue(cache.find(key(2)).isPresent());
  }

  @Test
  void anEntryThatOthersDeletedIsNotReopenedAndTakesUpNothing() throws IOException {
    open(100, NOON);
    put(1, 40);
    Files.delete(file(1));
    assertTrue(cache.reopen(key(1)).isEmpty());
    assertEquals(0, cache.bytes());
    put(1, 40);
    try (Draft again = cache.reopen(key(1)).orElseThrow()) {
      assertEquals(40, again.read(0, ByteBuffer.allocate(100)));
    }
    assertEquals(0, cache.bytes());
  }

  @Test
  void anEntryThatCannotBeWrittenToIsNotReopenedAndTakesUpNothing() throws IOException {
    open(100, NOON);
    put(1, 40);
    Files.delete(file(1));
    Files.createDirectory(file(1));
    assertTrue(cache.reopen(key(1)).isEmpty());
    assertEquals(0, cache.bytes());
    put(1, 40);
    assertTrue(cache.find(key(1)).isPresent());
  }

  @Test
  void whoEmptiesTheFolderWhileItIsInUseBreaksNothing() throws IOException {
    open(100, NOON);
    put(1, 40);
    Files.delete(file(1));
    Files.delete(folder.resolve("unfinished"));
    put(2, 60);
    assertTrue(cache.find(key(1)).isEmpty());
    assertTrue(cache.find(key(2)).isPresent());
    assertEquals(60, cache.bytes());
  }

  @Test
  void aFolderBelongsToOneServer() throws IOException {
    open(100, NOON);
    IOException refused =
        assertThrows(IOException.class, () -> DerivedCache.open(folder, 100, Clock.systemUTC()));
    assertTrue(refused.getMessage().startsWith("cache: " + folder + " (expected: "));
  }

  @Test
  void aFullDiskIsToldApartFromABrokenOne() throws IOException {
    IOException any = new IOException("in whatever language");
    // A file system that never has any room.
    assertInstanceOf(NoRoomException.class, NoRoomException.orSame(any, Path.of("/proc")));
    assertEquals(any, NoRoomException.orSame(any, folder));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.toList(), "nothing is left behind");
    }
  }
}
