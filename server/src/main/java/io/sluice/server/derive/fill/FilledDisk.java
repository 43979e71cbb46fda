package io.sluice.server.derive.fill;

import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * A disk of which chunks are inflated when they are first wanted, held by one reader; what was
 * inflated is there for all readers, and for later ones as long as the cache keeps it.
 */
public interface FilledDisk extends AutoCloseable {
  /** Says what is there, and has made what is not. */
  FillingFile file();

  /** Opens the file for reading. Blocks; the caller closes the channel. */
  FileChannel open() throws IOException;

  /** The reader goes. May be called from any thread, more than once; never blocks. */
  @Override
  void close();
}
