package io.sluice.server.readahead;

import io.sluice.server.os.Readahead;
import io.sluice.server.transfer.ReadAheadFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * Reads files ahead: the kernel is asked for what is wanted soon, where it can be asked, and what
 * is wanted now is read to nowhere.
 *
 * @param nothing where bytes go that are only read to have them in memory: {@code /dev/null}
 */
public record ReadAheadFiles(FileChannel nothing) implements ReadAheadFile.Opener {
  @Override
  public ReadAheadFile open(FileChannel file) {
    return new ReadThroughFile(file, nothing, Readahead.of(file));
  }

  /** One file. */
  private record ReadThroughFile(FileChannel file, FileChannel nothing, Optional<Readahead> kernel)
      implements ReadAheadFile {
    @Override
    public void begin(long offset, long length) {
      kernel.ifPresent(asked -> asked.begin(offset, length));
    }

    /**
     * Reads it, also where the kernel was asked: where memory is short, it brings in a part of what
     * it was asked for and says nothing.
     */
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
}
