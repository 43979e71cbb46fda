package io.sluice.server.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableCacheTest {
  private static final int BOUND = 10_000;

  @TempDir private Path folder;
  private ImageFile file;
  private final TableCache cache = new TableCache(BOUND);

  @BeforeEach
  void open() throws IOException {
    byte[] bytes = new byte[100_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / 100);
    }
    Path path = Files.write(folder.resolve("file"), bytes);
    file = new ImageFile(0, path, FileChannel.open(path));
  }

  @AfterEach
  void close() throws IOException {
    file.close();
  }

  @Test
  void aSliceIsReadOnce() throws IOException {
    ByteBuffer slice = cache.slice(file, 700, 100);
    assertEquals(7, slice.get(99));
    assertSame(slice, cache.slice(file, 700, 100));
    assertNotSame(slice, cache.slice(file, 700, 90));
  }

  @Test
  void whatWasUsedStaysWithinTheBoundAndTheRestGoes() throws IOException {
    ByteBuffer first = cache.slice(file, 0, 100);
    ByteBuffer second = cache.slice(file, 100, 100);
    for (int at = 200; at < 100_000; at += 100) {
      assertEquals((byte) (at / 100), cache.slice(file, at, 100).get(0));
      assertSame(first, cache.slice(file, 0, 100));
    }
    assertNotSame(second, cache.slice(file, 100, 100));
  }

  @Test
  void whatTheFileDoesNotHaveIsNull() throws IOException {
    assertNull(cache.slice(file, 99_950, 100));
    assertNull(cache.slice(file, 200_000, 100));
  }
}
