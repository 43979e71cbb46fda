package io.sluice.server.derive.source;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a disk that something is made from. Many threads may read it at once; reading blocks
 * on the file system. None of them may be interrupted, because that closes the file for all.
 */
public interface DiskSource extends AutoCloseable {
  /** Which files the bytes come from, in which state. */
  SourceIdentity identity();

  /** Number of bytes. */
  long size();

  /**
   * Reads bytes until the buffer is full or the disk ends.
   *
   * @param offset first byte, from 0 to {@link #size()}
   * @throws IOException when the bytes cannot be had, a file that is shorter than it was included;
   *     never are other bytes given in their place
   */
  void read(long offset, ByteBuffer into) throws IOException;

  /**
   * How many bytes from an offset on are known to be zeros without reading them.
   *
   * @param max the most that is of interest, at least 1
   * @return 0 when nothing is known, else up to {@code max}
   */
  long zerosAt(long offset, long max) throws IOException;

  /**
   * The same files as they are now, without anything that was kept of them in memory. Blocks.
   *
   * @return closed by the caller, which leaves this one open
   */
  DiskSource reopened() throws IOException;

  @Override
  void close();
}
