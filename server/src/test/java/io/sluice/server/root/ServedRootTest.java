package io.sluice.server.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServedRootTest {
  @TempDir private Path temp;
  private Path folder;
  private ServedRoot root;

  @BeforeEach
  void aRootWithAFileAndSomethingSecretBeside() throws IOException {
    folder = Files.createDirectories(temp.toRealPath().resolve("root"));
    Files.createDirectories(folder.resolve("images"));
    Files.writeString(folder.resolve("images/disk.raw"), "disk");
    Files.writeString(folder.resolveSibling("secret"), "secret");
    root = rootAt(folder);
  }

  /** As it is where the kernel has openat2(2). */
  ServedRoot rootAt(Path at) {
    return new ServedRoot(at);
  }

  private Path link(String name, String target) throws IOException {
    return Files.createSymbolicLink(folder.resolve(name), Path.of(target));
  }

  private Optional<ServedRoot.Located> find(String... segments) throws IOException {
    return root.find(List.of(segments));
  }

  private void assertFound(String path, String... segments) throws IOException {
    Path file = folder.resolve(path);
    String name = segments[segments.length - 1];
    assertEquals(
        Optional.of(new ServedRoot.Located(name, file, FileIdentity.of(file))), find(segments));
  }

  private void assertRefused(String... segments) throws IOException {
    assertEquals(Optional.empty(), find(segments));
  }

  @Test
  void aFileBelowTheRootIsFound() throws IOException {
    assertFound("images/disk.raw", "images", "disk.raw");
  }

  @Test
  void anEmptyFileIsFound() throws IOException {
    Files.createFile(folder.resolve("images/empty.raw"));
    assertFound("images/empty.raw", "images", "empty.raw");
  }

  @Test
  void filesAppearChangeAndVanishWhileTheRootIsServed() throws IOException {
    assertRefused("images", "new.raw");
    Files.writeString(folder.resolve("images/new.raw"), "new");
    assertFound("images/new.raw", "images", "new.raw");
    Files.delete(folder.resolve("images/new.raw"));
    assertRefused("images", "new.raw");
  }

  @Test
  void directoriesAreNotFiles() throws IOException {
    assertRefused("images");
    link("alias", "images");
    assertRefused("alias");
    link("self", ".");
    assertRefused("self");
  }

  @Test
  void aFileIsNoDirectory() throws IOException {
    assertRefused("images", "disk.raw", "x");
    assertRefused("images", "disk.raw", "images", "disk.raw");
  }

  @Test
  void linksWithinTheRootAreFollowedAndKeepTheirName() throws IOException {
    link("images/latest.raw", "disk.raw");
    assertFound("images/disk.raw", "images", "latest.raw");
    link("absolute.raw", folder.resolve("images/disk.raw").toString());
    assertFound("images/disk.raw", "absolute.raw");
    link("alias", "images");
    assertFound("images/disk.raw", "alias", "disk.raw");
    link("detour.raw", "images/../images/disk.raw");
    assertFound("images/disk.raw", "detour.raw");
    link("outAndIn.raw", "../root/images/disk.raw");
    assertFound("images/disk.raw", "outAndIn.raw");
  }

  @Test
  void chainsOfLinksWithinTheRootAreFollowed() throws IOException {
    link("images/b", "disk.raw");
    link("images/a", "b");
    link("first", "images/a");
    assertFound("images/disk.raw", "first");
  }

  @Test
  void linksThatLeaveTheRootAreRefused() throws IOException {
    link("relative", "../secret");
    link("absolute", "/etc/passwd");
    link("images/deep", "../../secret");
    link("up", "..");
    link("slash", "/");
    assertRefused("relative");
    assertRefused("absolute");
    assertRefused("images", "deep");
    assertRefused("up", "secret");
    assertRefused("up", "root", "images", "..", "..", "secret");
    assertRefused("slash", "etc", "passwd");
  }

  @Test
  void chainsThatEndOutsideAreRefused() throws IOException {
    link("b", "../secret");
    link("a", "b");
    assertRefused("a");
  }

  @Test
  void aFolderBesideTheRootThatBeginsWithItsNameIsOutside() throws IOException {
    Path sibling = Files.createDirectories(folder.resolveSibling("root-old"));
    Files.writeString(sibling.resolve("disk.raw"), "old");
    link("old", "../root-old");
    assertRefused("old", "disk.raw");
  }

  @Test
  void loopsAndDanglingLinksAreRefused() throws IOException {
    link("loop", "loop");
    link("ping", "pong");
    link("pong", "ping");
    link("dangling", "nowhere");
    assertRefused("loop");
    assertRefused("ping");
    assertRefused("ping", "x");
    assertRefused("dangling");
  }

  @Test
  void dotNamesAreRefused() throws IOException {
    Files.writeString(folder.resolve(".hidden"), "h");
    Files.createDirectories(folder.resolve(".git"));
    Files.writeString(folder.resolve(".git/config"), "h");
    Files.writeString(folder.resolve("..."), "h");
    assertRefused(".hidden");
    assertRefused(".git", "config");
    assertRefused("...");
  }

  @Test
  void dotNamesAreRefusedBehindLinksToo() throws IOException {
    Files.writeString(folder.resolve(".hidden"), "h");
    Files.createDirectories(folder.resolve(".git"));
    Files.writeString(folder.resolve(".git/config"), "h");
    link("visible", ".hidden");
    link("git", ".git");
    assertRefused("visible");
    assertRefused("git", "config");
  }

  @Test
  void dotDotIsRefusedWhereverItStands() throws IOException {
    assertRefused("..", "secret");
    assertRefused("images", "..", "images", "disk.raw");
    assertRefused(".", "images", "disk.raw");
    assertRefused("images/../../secret");
    assertRefused("images/..", "..", "secret");
  }

  @Test
  void aFifoIsRefusedAndNotWaitedFor() throws Exception {
    Path fifo = folder.resolve("fifo");
    assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0);
    assertRefused("fifo");
    link("fifo-link", "fifo");
    assertRefused("fifo-link");
  }

  @Test
  void devicesAreRefused() throws IOException {
    link("zero", "/dev/zero");
    link("dev", "/dev");
    assertRefused("zero");
    assertRefused("dev", "zero");
    assertEquals(Optional.empty(), rootAt(Path.of("/dev")).find(List.of("zero")), "even below");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "disk.raw\0", "disk\0.raw", "\0disk.raw"})
  void namesWithNulAreRefused(String name) throws IOException {
    assertRefused("images", name);
    assertRefused(name, "disk.raw");
    assertEquals(List.of(), root.names(List.of(name)));
  }

  @Test
  void namesLongerThanAnyFileSystemHasAreRefused() throws IOException {
    assertRefused("images", "a".repeat(256));
    assertRefused("images", "a".repeat(8000));
    assertEquals(Optional.empty(), root.find(Collections.nCopies(3000, "a")));
  }

  @Test
  void namesWithLettersOfAllScriptsAreLookedForWithoutAFailure() throws IOException {
    assertRefused("images", "grüße-漢字-🐧.raw");
    assertRefused("images", "\ud800");
    assertEquals(List.of(), root.names(List.of("os", "\ud800")));
  }

  @Test
  void theRootItselfMayBeALinkThatIsSwitched() throws IOException {
    Path other = Files.createDirectories(temp.toRealPath().resolve("other"));
    Files.writeString(other.resolve("only-there"), "x");
    Path current = temp.resolve("current");
    Files.createSymbolicLink(current, folder);
    ServedRoot switched = rootAt(current);
    assertEquals(
        folder.resolve("images/disk.raw"),
        switched.find(List.of("images", "disk.raw")).orElseThrow().path());
    Files.createSymbolicLink(temp.resolve("next"), other);
    Files.move(temp.resolve("next"), current, StandardCopyOption.ATOMIC_MOVE);
    assertEquals(
        other.resolve("only-there"), switched.find(List.of("only-there")).orElseThrow().path());
    assertEquals(Optional.empty(), switched.find(List.of("images", "disk.raw")));
  }

  @Test
  void aRootThatIsNotThereIsAFailure() {
    ServedRoot nowhere = rootAt(folder.resolve("nowhere"));
    assertThrows(RootGoneException.class, () -> nowhere.find(List.of("x")));
    assertThrows(RootGoneException.class, () -> nowhere.names(List.of("x")));
    assertNotEquals("", nowhere.obstacle());
  }

  @Test
  void aPathWithDotDotIsFollowedWithinTheRoot() throws IOException {
    Path file = folder.resolve("images/disk.raw");
    Path by = folder.resolve("images/../images/disk.raw");
    assertEquals(
        Optional.of(new ServedRoot.Located("disk.raw", file, FileIdentity.of(file))),
        root.find(by));
    assertEquals(Optional.empty(), root.find(folder.resolve("images/../../secret")));
  }

  @Test
  void whatIsHiddenIsHeldAndWhatIsOutsideIsNot() throws IOException {
    Files.writeString(folder.resolve(".hidden"), "hidden");
    link("images/in", "../.hidden");
    link("images/out", "../../secret");
    try (HeldFile held = root.hold("images/in").orElseThrow()) {
      assertFalse(held.isShown());
      assertEquals(".hidden", held.below());
    }
    assertEquals(Optional.empty(), root.hold("images/out"));
    assertEquals(Optional.empty(), root.hold("nothing"));
  }

  @Test
  void aFileIsOpenedFromWhereItIsAndNotFromOutside() throws IOException {
    Path disk = folder.resolve("images/disk.raw");
    assertEquals("disk", content(disk));
    link("latest.raw", disk.toString());
    assertEquals("disk", content(Path.of("latest.raw")));
    assertThrows(NoSuchFileException.class, () -> root.open(folder.resolveSibling("secret")));
    assertThrows(NoSuchFileException.class, () -> root.open(folder.resolve("images")));
  }

  private String content(Path file) throws IOException {
    try (FileChannel channel = root.open(file)) {
      ByteBuffer bytes = ByteBuffer.allocate(100);
      channel.read(bytes, 0);
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void aFolderThatWasMovedOutAndLinkedBackIsRefusedHoweverOftenItIsAskedFor() throws IOException {
    Files.createDirectories(folder.resolve("ipxe/q"));
    Files.writeString(folder.resolve("ipxe/q/f"), "f");
    assertFound("ipxe/q/f", "ipxe", "q", "f");
    Path outside = temp.toRealPath().resolve("moved");
    Files.move(folder.resolve("ipxe/q"), outside);
    link("ipxe/q", outside.toString());
    for (int i = 0; i < 3; i++) {
      assertRefused("ipxe", "q", "f");
      assertThrows(
          NoSuchFileException.class, () -> root.open(folder.resolve("ipxe/q/f")), "opened later");
    }
  }

  @Test
  void aFolderThatIsHiddenAndLinkedToIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("ipxe/.q"));
    Files.writeString(folder.resolve("ipxe/.q/f"), "f");
    link("ipxe/q", ".q");
    assertRefused("ipxe", "q", "f");
    assertThrows(NoSuchFileException.class, () -> root.open(folder.resolve("ipxe/q/f")));
  }

  @Test
  void aParentThatIsExchangedAllTheTimeNeverLeadsOutside() throws Exception {
    Path ipxe = Files.createDirectories(folder.resolve("ipxe"));
    Path inside = Files.createDirectories(ipxe.resolve("q"));
    Files.writeString(inside.resolve("f"), "in");
    Path outside = Files.createDirectories(temp.toRealPath().resolve("beside"));
    Files.writeString(outside.resolve("f"), "out");
    Path file = inside.resolve("f");
    AtomicBoolean over = new AtomicBoolean();
    Thread exchange =
        new Thread(
            () -> {
              while (!over.get()) {
                try {
                  Files.move(inside, ipxe.resolve("kept"));
                  Files.createSymbolicLink(inside, outside);
                  Files.delete(inside);
                  Files.move(ipxe.resolve("kept"), inside);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
    exchange.start();
    int found = 0;
    try {
      for (int i = 0; i < 3000 || (found == 0 && exchange.isAlive()); i++) {
        try {
          assertEquals("in", content(file));
          found++;
        } catch (NoSuchFileException refused) {
          // It led out, or nowhere, at that moment.
        }
      }
    } finally {
      over.set(true);
      exchange.join();
    }
    assertTrue(found > 0);
  }

  @Test
  void anEmptyFolderInPlaceOfTheRootIsNotTheRoot() throws IOException {
    assertFound("images/disk.raw", "images", "disk.raw");
    Path away = temp.toRealPath().resolve("away");
    Files.move(folder, away);
    assertThrows(RootGoneException.class, () -> find("images", "disk.raw"));
    Files.createDirectory(folder);
    assertThrows(RootGoneException.class, () -> find("images", "disk.raw"));
    assertThrows(RootGoneException.class, () -> root.names(List.of("images")));
    assertNotEquals("", root.obstacle());
    Files.delete(folder);
    Files.move(away, folder);
    assertFound("images/disk.raw", "images", "disk.raw");
    assertEquals("", root.obstacle());
  }

  @Test
  void aFolderIsMadeWithinTheRootOnly() throws IOException {
    try (HeldFile made = root.makeFolder("new")) {
      assertEquals(folder.resolve("new"), made.path());
      Files.writeString(made.place().resolve("x"), "x");
    }
    assertEquals("x", Files.readString(folder.resolve("new/x")));
    Path outside = Files.createDirectories(temp.toRealPath().resolve("elsewhere"));
    link("led", outside.toString());
    link("dangling", temp.toRealPath().resolve("nowhere").toString());
    assertThrows(NotDirectoryException.class, () -> root.makeFolder("led").close());
    assertThrows(NotDirectoryException.class, () -> root.makeFolder("dangling").close());
    assertFalse(Files.exists(temp.resolve("nowhere")));
  }

  @Test
  void nothingStaysOpen() throws IOException {
    link("absolute.raw", folder.resolve("images/disk.raw").toString());
    link("up", "..");
    link("loop", "loop");
    long before = openDescriptors();
    for (int i = 0; i < 200; i++) {
      find("images", "disk.raw");
      find("absolute.raw");
      find("images", "disk.raw", "x");
      find("up", "secret");
      find("loop");
      root.names(List.of("images"));
      content(folder.resolve("images/disk.raw"));
    }
    assertTrue(openDescriptors() < before + 100, "of 1400 looks");
  }

  private static long openDescriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
