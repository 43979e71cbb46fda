package io.sluice.server.images;

import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.transfer.GrowingSource;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.util.concurrent.CompletionStage;

/**
 * A copy that is sent to one client while it is made.
 *
 * @param file gives the copy back when it is closed
 */
record GrowingCopySource(GrowingCopy copy, OpenFile file) implements GrowingSource {
  /** Opens a copy of which some bytes are there. Blocks. */
  static GrowingCopySource open(GrowingCopy copy) throws IOException {
    return new GrowingCopySource(copy, new OpenFile(copy.open(), closed -> copy.close()));
  }

  @Override
  public CompletionStage<Long> beyond(long offset) {
    return copy.beyond(offset);
  }
}
