package io.sluice.server.derive;

import io.sluice.server.keyed.SharedWork;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletionStage;

/**
 * A derived file that is read while it is made, held by one reader. When its last reader has given
 * it back before it is complete, it is not made any further.
 */
public final class GrowingCopy implements AutoCloseable {
  private final Production production;
  private final SharedWork.Caller<Void> reader;

  GrowingCopy(Production production, SharedWork.Caller<Void> reader) {
    this.production = production;
    this.reader = reader;
  }

  /**
   * Waits for bytes behind an offset; never blocks.
   *
   * @param offset how many bytes the reader has, from 0 to what there is
   * @return completes with the number of bytes there are: more than the offset, or just as many
   *     when the file is complete; exceptionally when it will not become complete, with {@link
   *     NoRoomException} where there was no room for it
   */
  public CompletionStage<Long> beyond(long offset) {
    return production.body().beyond(offset);
  }

  /** Whether all bytes are there, and were found to be right; the file may not be kept yet. */
  public boolean isComplete() {
    return production.body().isComplete();
  }

  /**
   * Waits for all of it; never blocks.
   *
   * @return completes when the file is complete and, unless its source was replaced meanwhile, to
   *     be found in the cache; exceptionally as {@link #beyond} does
   */
  public CompletionStage<Void> finished() {
    return reader.result();
  }

  /**
   * Opens the file for reading, once there are some bytes. Blocks; the caller closes the channel.
   */
  public FileChannel open() throws IOException {
    return production.openForReading();
  }

  /** The reader goes. May be called from any thread, more than once; never blocks. */
  @Override
  public void close() {
    reader.close();
  }
}
