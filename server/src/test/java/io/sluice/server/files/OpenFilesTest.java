package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {
  /** For this clock every file was changed an hour ago. */
  static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));

  @TempDir private Path folder;
  private final OpenFiles files = new OpenFiles(LATER);
  private ServedRoot root;
  private Path path;

  @BeforeEach
  void aFile() throws IOException {
    root = new ServedRoot(folder);
    path = Files.writeString(folder.toRealPath().resolve("file"), "old");
  }

  private static String content(OpenFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    file.channel().read(bytes, 0);
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  private void replaceWith(String content) throws IOException {
    Path next = Files.writeString(path.resolveSibling("next"), content);
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void aFileIsOpenOnceHoweverManyReadIt() throws IOException {
    OpenFiles.Opened first = files.open(root, path);
    OpenFiles.Opened second = files.open(root, path);
    assertSame(first.file(), second.file());
    assertEquals(first.identity(), second.identity());
    assertEquals(2, first.file().refCnt());
    assertEquals(1, files.count());
    first.file().release();
    second.file().release();
  }

  @Test
  void theLastOneToReleaseClosesIt() throws IOException {
    OpenFile first = files.open(root, path).file();
    OpenFile second = files.open(root, path).file();
    assertFalse(first.release());
    assertTrue(second.channel().isOpen());
    assertTrue(second.release());
    assertFalse(second.channel().isOpen());
    assertEquals(0, files.count());
    assertFalse(second.tryRetain());
  }

  @Test
  void aClosedFileIsOpenedAnew() throws IOException {
    OpenFile first = files.open(root, path).file();
    first.release();
    OpenFile second = files.open(root, path).file();
    assertNotSame(first, second);
    assertEquals("old", content(second));
    second.release();
  }

  @Test
  void whoBeganWithTheOldFileKeepsItWhenAnotherIsRenamedOverIt() throws IOException {
    OpenFiles.Opened before = files.open(root, path);
    replaceWith("new");
    OpenFiles.Opened after = files.open(root, path);
    assertNotSame(before.file(), after.file());
    assertNotEquals(before.identity(), after.identity());
    assertEquals("old", content(before.file()));
    assertEquals("new", content(after.file()));
    assertEquals(2, files.count());
    before.file().release();
    assertSame(after.file(), files.open(root, path).file());
    after.file().release();
    after.file().release();
    assertEquals(0, files.count());
  }

  @Test
  void aDeletedFileStaysReadableForWhoHasIt() throws IOException {
    OpenFile file = files.open(root, path).file();
    Files.delete(path);
    assertThrows(NoSuchFileException.class, () -> files.open(root, path));
    assertEquals("old", content(file));
    file.release();
    assertEquals(0, files.count());
  }

  @Test
  void onlyRegularFilesAreOpened() throws IOException {
    Path link = Files.createSymbolicLink(path.resolveSibling("link"), Path.of("/etc/passwd"));
    for (Path other : List.of(path.getParent(), link, Path.of("/dev/zero"))) {
      assertThrows(NoSuchFileException.class, () -> files.open(root, other), other.toString());
    }
    assertEquals(0, files.count());
  }

  @Test
  void aFileThatWasChangedLongAgoIsSettled() throws IOException {
    OpenFiles.Opened opened = files.open(root, path);
    assertTrue(opened.settled());
    opened.file().release();
  }

  @Test
  void aFileThatIsChangedAllTheTimeIsNot() throws IOException {
    // For this clock the file was changed just now, however long one waits.
    Clock never = Clock.fixed(FileIdentity.of(path).changed().toInstant(), ZoneOffset.UTC);
    OpenFiles.Opened opened = new OpenFiles(never).open(root, path);
    assertFalse(opened.settled());
    opened.file().release();
  }

  @Test
  void aFileThatWasChangedJustNowIsWaitedForUntilItIsSettled() throws IOException {
    OpenFiles.Opened opened = new OpenFiles(Clock.systemUTC()).open(root, path);
    assertTrue(opened.settled());
    opened.file().release();
  }

  @Test
  void anInterruptedThreadStaysInterruptedAndGetsItsFile() throws IOException {
    Thread.currentThread().interrupt();
    OpenFile file =
        new OpenFiles(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC)).open(root, path).file();
    assertTrue(Thread.interrupted());
    assertTrue(file.channel().isOpen());
    file.release();
  }

  @Test
  void manyThreadsOpenReadAndReleaseWhileTheFileIsReplaced() throws Exception {
    int threads = 8;
    ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
    List<Future<?>> results = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Callable<Object> reader =
          () -> {
            for (int round = 0; round < 300; round++) {
              OpenFiles.Opened opened = files.open(root, path);
              String content = content(opened.file());
              assertEquals(opened.identity().size(), content.length());
              opened.file().release();
            }
            return null;
          };
      results.add(pool.submit(reader));
    }
    results.add(
        pool.submit(
            () -> {
              for (int round = 0; round < 50; round++) {
                replaceWith("x".repeat(round + 1));
                // An opening that meets five replacements in a row gives up.
                files.open(root, path).file().release();
              }
              return null;
            }));
    for (Future<?> result : results) {
      result.get();
    }
    pool.shutdown();
    assertEquals(0, files.count());
  }
}
