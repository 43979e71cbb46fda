package io.sluice.server.derive;

import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletionStage;

/**
 * A derived file that is read while it is made, held by one reader. When its last reader has given
 * it back before it is complete, it is not made any further.
 */
public interface GrowingCopy extends AutoCloseable {
  /**
   * Waits for bytes behind an offset; never blocks.
   *
   * @param offset how many bytes the reader has, from 0 to what there is
   * @return completes with the number of bytes there are: more than the offset, or just as many
   *     when the file is complete; exceptionally when it will not become complete, with {@link
   *     NoRoomException} where there was no room for it
   */
  CompletionStage<Long> beyond(long offset);

  /** Whether all bytes are there, and were found to be right; the file may not be kept yet. */
  boolean isComplete();

  /**
   * Waits for all of it; never blocks.
   *
   * @return completes when the file is complete and, unless its source was replaced meanwhile, to
   *     be found in the cache; exceptionally as {@link #beyond} does
   */
  CompletionStage<Void> finished();

  /**
   * Opens the file for reading, once there are some bytes. Blocks; the caller closes the channel.
   */
  FileChannel open() throws IOException;

  /** The reader goes. May be called from any thread, more than once; never blocks. */
  @Override
  void close();
}
