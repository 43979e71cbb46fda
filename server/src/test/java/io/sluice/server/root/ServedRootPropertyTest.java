package io.sluice.server.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class ServedRootPropertyTest {
  private static Path temp;
  private static Path folder;

  @BeforeContainer
  static void aRootFullOfTraps() throws IOException {
    temp = Files.createTempDirectory("served-root-").toRealPath();
    folder = Files.createDirectories(temp.resolve("root"));
    Files.createDirectories(folder.resolve("a/b"));
    Files.createDirectories(folder.resolve(".git"));
    Files.writeString(folder.resolve("file"), "file");
    Files.writeString(folder.resolve("a/file"), "a/file");
    Files.writeString(folder.resolve("a/b/file"), "a/b/file");
    Files.writeString(folder.resolve(".git/file"), "hidden");
    Files.writeString(temp.resolve("file"), "secret");
    link("up", "..");
    link("slash", "/");
    link("self", ".");
    link("git", ".git");
    link("zero", "/dev/zero");
    link("loop", "loop");
    link("a/up", "..");
    link("a/b/out", "../../../file");
    link("a/b/in", "../../file");
  }

  private static void link(String name, String target) throws IOException {
    Files.createSymbolicLink(folder.resolve(name), Path.of(target));
  }

  @AfterContainer
  static void clear() throws IOException {
    try (Stream<Path> all = Files.walk(temp)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Property(tries = 4000)
  void whateverIsAskedForWhatIsFoundIsARegularFileReallyBelowTheRoot(
      @ForAll("segments") List<String> segments) throws IOException {
    Optional<ServedRoot.Located> found = new ServedRoot(folder).find(segments);
    if (found.isPresent()) {
      Path path = found.get().path();
      assertEquals(path.toRealPath(), path);
      assertTrue(path.startsWith(folder), path.toString());
      assertTrue(Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS), path.toString());
      // Every file of the root holds its own name; what lies outside or is hidden holds another.
      assertEquals(folder.relativize(path).toString(), Files.readString(path));
      assertFalse(folder.relativize(path).toString().contains(".git"));
    }
  }

  @Property
  void plainNamesAreFoundExactlyWhenThereIsSuchAFile(@ForAll("plainSegments") List<String> segments)
      throws IOException {
    assertEquals(
        Files.isRegularFile(folder.resolve(String.join("/", segments))),
        new ServedRoot(folder).find(segments).isPresent());
  }

  @Provide
  Arbitrary<List<String>> segments() {
    return Arbitraries.of(
            "a",
            "b",
            "file",
            "up",
            "slash",
            "self",
            "git",
            ".git",
            "zero",
            "loop",
            "out",
            "in",
            "..",
            ".",
            "root",
            "dev",
            "tmp",
            "etc",
            "passwd",
            "\0",
            "file\0",
            "a/../../file",
            "/etc/passwd",
            "~",
            "*",
            "é",
            "a\\b",
            "",
            " ")
        .list()
        .ofMinSize(1)
        .ofMaxSize(7);
  }

  @Provide
  Arbitrary<List<String>> plainSegments() {
    return Arbitraries.of("a", "b", "file", "self").list().ofMinSize(1).ofMaxSize(4);
  }
}
