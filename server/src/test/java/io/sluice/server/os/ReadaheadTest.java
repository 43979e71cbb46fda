package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The tests run with the classes opened that the manifest of the jar opens. */
@EnabledOnOs(OS.LINUX)
class ReadaheadTest {
  @Test
  void theKernelCanBeAskedForAnyFile(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[10_000]);
    try (FileChannel channel = FileChannel.open(file)) {
      assertTrue(Readahead.isPossible(channel));
      Readahead ahead = Readahead.of(channel).orElseThrow();
      ahead.begin(9_000, 100_000);
      assertEquals(0, channel.position());
    }
  }

  @Test
  void theCallsAreThoseOfTheCLibrary() {
    int noFile = 1 << 20;
    assertEquals(9, LibC.posix_fadvise(noFile, 0, 0, LibC.RANDOM), "EBADF");
    assertEquals(-1, LibC.readahead(noFile, 0, 1));
    assertEquals(-1, LibC.close(noFile));
  }
}
