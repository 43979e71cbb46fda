package io.sluice.server.derive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.sluice.server.derive.format.GzipCopy;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.format.TarZstdCopy;
import io.sluice.server.derive.format.ZstdCopy;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.MemoryOutput;
import io.sluice.server.derive.source.TestDisk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipesTest {
  @TempDir private Path folder;

  private byte[] made(Recipe recipe, byte[] disk) throws IOException {
    Path file = folder.resolve("disk.raw");
    if (!Files.exists(file)) {
      Files.write(file, disk);
      Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
    }
    MemoryOutput output = new MemoryOutput();
    try (DiskSource source = TestDisk.open(file)) {
      recipe.make(source, output);
    }
    assertEquals(disk.length, output.progress());
    return output.bytes();
  }

  private static byte[] zstd(byte[] compressed) throws IOException {
    try (InputStream in =
        new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(compressed)).setContinuous(false)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 128 * 1024, 128 * 1024 + 1, 9_000_001})
  void everyCopyUnpacksToTheDisk(int size) throws IOException {
    byte[] disk = TestDisk.bytes(size, size);
    assertArrayEquals(disk, zstd(made(new ZstdCopy(3, 2), disk)));
    byte[] gzip = made(new GzipCopy(6, 3, Runnable::run), disk);
    assertArrayEquals(disk, new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes());
    byte[] tar = zstd(made(new TarZstdCopy("disk.raw", 3, 2), disk));
    assertEquals(0, tar.length % 512);
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      TarArchiveEntry entry = in.getNextEntry();
      assertEquals("disk.raw", entry.getName());
      assertEquals(size, entry.getSize());
      assertEquals(Instant.ofEpochSecond(1_700_000_000), entry.getLastModifiedTime().toInstant());
      assertEquals("", entry.getUserName());
      assertArrayEquals(disk, in.readAllBytes());
      assertNull(in.getNextEntry());
    }
  }

  @Test
  void theBytesDoNotDependOnTheNumberOfThreads() throws Exception {
    byte[] disk = TestDisk.bytes(5, 30_000_000);
    assertArrayEquals(made(new ZstdCopy(3, 1), disk), made(new ZstdCopy(3, 4), disk));
    assertArrayEquals(
        made(new TarZstdCopy("a", 3, 1), disk), made(new TarZstdCopy("a", 3, 3), disk));
    byte[] alone = made(new GzipCopy(6, 1, Runnable::run), disk);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      assertArrayEquals(alone, made(new GzipCopy(6, 8, threads), disk));
    } finally {
      threads.shutdown();
    }
    Executor full =
        task -> {
          throw new RejectedExecutionException("full");
        };
    assertArrayEquals(alone, made(new GzipCopy(6, 8, full), disk));
  }

  @Test
  void compressedCopiesAreSmaller() throws IOException {
    byte[] disk = new byte[8_000_000];
    System.arraycopy(TestDisk.bytes(6, 1_000_000), 0, disk, 3_000_000, 1_000_000);
    for (Recipe recipe :
        new Recipe[] {
          new ZstdCopy(3, 1), new GzipCopy(6, 2, Runnable::run), new TarZstdCopy("d", 3, 1)
        }) {
      assertTrue(made(recipe, disk).length < disk.length / 4, recipe.toString());
    }
  }

  @Test
  void aMemberMayHaveALongNameAndOneThatIsNotAscii() throws IOException {
    String name = "größer-" + "x".repeat(150) + ".raw";
    byte[] tar = zstd(made(new TarZstdCopy(name, 1, 1), new byte[10]));
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      assertEquals(name, in.getNextEntry().getName());
    }
  }
}
