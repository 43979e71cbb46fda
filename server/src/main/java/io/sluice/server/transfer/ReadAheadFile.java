package io.sluice.server.transfer;

import java.io.IOException;
import java.nio.channels.FileChannel;

/** One open file as it is read ahead of the transfers that send it. May wait for disks. */
public interface ReadAheadFile {
  /** How that is done here. */
  interface Opener {
    /** Takes a file that is open for as long as the result is used. */
    ReadAheadFile open(FileChannel channel);
  }

  /**
   * Has the disk begin to read a part; where the system knows how, this returns before it is read.
   *
   * @param offset of its first byte
   * @param length in bytes; it may go beyond the end of the file
   */
  void begin(long offset, long length);

  /**
   * Waits until the part is in memory.
   *
   * @throws IOException when it cannot be read
   */
  void finish(long offset, long length) throws IOException;
}
