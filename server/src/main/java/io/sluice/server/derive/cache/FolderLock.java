package io.sluice.server.derive.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps other servers out of a folder, by a lock the operating system drops with the process. */
final class FolderLock implements AutoCloseable {
  private final FileChannel file;

  private FolderLock(FileChannel file) {
    this.file = file;
  }

  /**
   * Takes the lock.
   *
   * @throws IOException when another server has it, or the folder cannot be written to
   */
  static FolderLock take(Path folder) throws IOException {
    FileChannel file =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = file.tryLock() != null;
    } catch (OverlappingFileLockException ofThisProcess) {
      // Taken by a server in this process.
    } finally {
      if (!taken) {
        file.close();
      }
    }
    if (!taken) {
      throw new IOException("another server uses it");
    }
    return new FolderLock(file);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
