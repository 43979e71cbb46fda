package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedFilesTest {
  @TempDir private Path temp;
  private Path folder;
  private ServedRoot root;

  @BeforeEach
  void aRoot() throws IOException {
    folder = Files.createDirectories(temp.toRealPath().resolve("root"));
    root = new ServedRoot(folder);
  }

  private List<String> named(String name) throws IOException {
    return new NamedFiles(root)
        .find(List.of("os", "debian"), name).stream().map(ServedRoot.Located::name).toList();
  }

  private void link(String name, String target) throws IOException {
    Files.createSymbolicLink(folder.resolve("os/debian").resolve(name), Path.of(target));
  }

  private void os(String... names) throws IOException {
    Files.createDirectories(folder.resolve("os/debian"));
    for (String name : names) {
      Files.writeString(folder.resolve("os/debian").resolve(name), name);
    }
  }

  @Test
  void aNameIsFoundWhateverItsExtension() throws IOException {
    os("amd64.tar.xz", "arm64", "amd64-old.raw", "xamd64.raw");
    assertEquals(List.of("amd64.tar.xz"), named("amd64"));
    assertEquals(List.of("arm64"), named("arm64"));
    assertEquals(List.of(), named("amd"));
    assertEquals(List.of(), named("riscv64"));
  }

  @Test
  void allFilesOfANameAreFoundInOrder() throws IOException {
    os("amd64.tar.xz", "amd64.raw", "amd64");
    assertEquals(List.of("amd64", "amd64.raw", "amd64.tar.xz"), named("amd64"));
  }

  @Test
  void whatLiesBesideAnImageIsNotTheImage() throws IOException {
    os("amd64.raw", "amd64.raw.sha256", "amd64.raw.sha512", "amd64.raw.asc", "amd64.raw.sig");
    os("amd64.raw.bmap", "amd64.raw.part", "amd64.raw.tmp");
    assertEquals(List.of("amd64.raw"), named("amd64"));
  }

  @Test
  void aNameOfItsOwnIsNoExtension() throws IOException {
    os("asc", "lock");
    assertEquals(List.of("asc"), named("asc"));
    assertEquals(List.of("lock"), named("lock"));
  }

  @Test
  void whatANameFindsIsBoundToTheRootToo() throws IOException {
    os();
    Files.writeString(folder.resolveSibling("secret"), "secret");
    link("amd64.raw", "../../../secret");
    link("arm64.raw", "/dev/zero");
    Files.createDirectories(folder.resolve("os/debian/mips.d"));
    assertEquals(List.of(), named("amd64"));
    assertEquals(List.of(), named("arm64"));
    assertEquals(List.of(), named("mips"));
    assertEquals(List.of(), named(""));
    assertEquals(List.of(), named(".."));
    assertEquals(List.of(), new NamedFiles(root).find(List.of("os", ".."), "secret"));
    assertEquals(List.of(), new NamedFiles(root).find(List.of("images", "disk.raw"), "x"));
  }
}
