package io.sluice.server.readahead;

import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Has parts of a file in memory because they were read to nowhere, on systems that cannot be asked
 * for more.
 *
 * @param file what is read
 * @param nothing where the bytes go: {@code /dev/null}
 */
record ReadThroughFile(FileChannel file, FileChannel nothing) implements ReadAheadFile {
  @Override
  public void begin(long offset, long length) {
    // All is done when it is waited for.
  }

  @Override
  public void finish(long offset, long length) throws IOException {
    long bytes = 0;
    long sent;
    do {
      sent = file.transferTo(offset + bytes, length - bytes, nothing);
      bytes += sent;
    } while (sent > 0 && bytes < length);
  }
}
