package io.sluice.server.os;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ResidentCodeTest {
  @TempDir Path directory;

  private static MappedByteBuffer map(Path file) throws IOException {
    Files.write(file, new byte[4096]);
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, 4096);
    }
  }

  /** Whether a mapped file is kept in memory, see proc_pid_smaps(5). */
  private static boolean isLocked(Path file) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    int at = 0;
    while (!lines.get(at).endsWith(file.toString())) {
      at++;
    }
    while (!lines.get(at).startsWith("VmFlags:")) {
      at++;
    }
    return lines.get(at).contains(" lo");
  }

  @Test
  void librariesAndClassArchivesAreKeptAndOtherFilesAreNot() throws IOException {
    List<Path> code =
        List.of(
            directory.resolve("libjvm.so"),
            directory.resolve("libc.so.6"),
            directory.resolve("classes.jsa"));
    Path data = directory.resolve("disk.raw");
    Path likeCode = directory.resolve("so.some");
    List<MappedByteBuffer> mapped =
        List.of(map(code.get(0)), map(code.get(1)), map(code.get(2)), map(data), map(likeCode));
    try {
      for (Path file : code) {
        assertFalse(isLocked(file), file.toString());
      }
      ResidentCode.keep();
      for (Path file : code) {
        assertTrue(isLocked(file), file.toString());
      }
      assertFalse(isLocked(data));
      assertFalse(isLocked(likeCode));
    } finally {
      Reference.reachabilityFence(mapped);
    }
  }
}
