package io.sluice.server.readahead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadFilesTest {
  private static final int SIZE = 300_000;

  @TempDir private Path folder;
  private FileChannel nothing;
  private FileChannel file;

  @BeforeEach
  void aFile() throws IOException {
    nothing = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);
    file = FileChannel.open(Files.write(folder.resolve("file"), new byte[SIZE]));
  }

  @AfterEach
  void close() throws IOException {
    nothing.close();
    file.close();
  }

  @Test
  void partsAreReadAlsoBeyondTheEnd() throws IOException {
    ReadAheadFile ahead = new ReadAheadFiles(nothing).open(file);
    ahead.begin(0, SIZE);
    ahead.finish(0, SIZE);
    ahead.begin(SIZE - 10, 1000);
    ahead.finish(SIZE - 10, 1000);
    ahead.finish(2 * SIZE, 1000);
    assertEquals(0, file.position());
  }

  @Test
  void aClosedFileFails() throws IOException {
    ReadAheadFile ahead = new ReadAheadFiles(nothing).open(file);
    file.close();
    assertThrows(ClosedChannelException.class, () -> ahead.finish(0, SIZE));
  }
}
