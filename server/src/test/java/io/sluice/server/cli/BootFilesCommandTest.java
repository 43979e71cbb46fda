package io.sluice.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sluice.server.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootFilesCommandTest {
  @TempDir private Path folder;
  private Path from;

  @BeforeEach
  void makeFiles() throws IOException {
    from = Files.createDirectory(folder.resolve("from"));
    Files.writeString(from.resolve("undionly.kpxe"), "bios");
    Files.writeString(from.resolve("snponly.efi"), "uefi");
  }

  private int run(String... arguments) {
    return Main.commandLine(Map.of())
        .execute(
            Stream.concat(
                    Stream.of("boot-files", "--root", folder.resolve("root").toString()),
                    Stream.of(arguments))
                .toArray(String[]::new));
  }

  @Test
  void filesGoToTheRootAndToTheFolderOfATftpServer() throws IOException {
    Path tftp = folder.resolve("tftp");
    assertEquals(0, run("--from", from.toString(), "--tftp-root", tftp.toString()));
    for (Path each : new Path[] {folder.resolve("root/boot"), tftp}) {
      assertEquals("bios", Files.readString(each.resolve("undionly.kpxe")));
      assertEquals("uefi", Files.readString(each.resolve("snponly.efi")));
      try (Stream<Path> files = Files.list(each)) {
        assertEquals(2, files.count());
      }
    }
  }

  @Test
  void whatIsThereAndTheSameStaysAndTheRestIsExchanged() throws IOException {
    assertEquals(0, run("--from", from.toString()));
    Path same = folder.resolve("root/boot/undionly.kpxe");
    FileTime before = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(same, before);
    Files.writeString(from.resolve("snponly.efi"), "newer");
    assertEquals(0, run("--from", from.toString()));
    assertEquals(before, Files.getLastModifiedTime(same));
    assertEquals("newer", Files.readString(folder.resolve("root/boot/snponly.efi")));
  }

  @Test
  void aFolderWithoutLoadersIsAFailure() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertEquals(1, run("--from", empty.toString()));
    assertFalse(Files.exists(folder.resolve("root/boot/undionly.kpxe")));
  }
}
