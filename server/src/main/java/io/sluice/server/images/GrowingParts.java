package io.sluice.server.images;

import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.PartSource;
import java.io.EOFException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The parts of a copy whose length is known while it is made. Its last byte is sent when all of it
 * was found to be right, so that nothing that is damaged ever looks whole.
 *
 * @param length of the whole copy, in bytes
 */
record GrowingParts(GrowingCopy copy, OpenFile file, long length) implements PartSource {
  @Override
  public CompletionStage<Extent> part(long offset, long most) {
    return copy.beyond(offset).thenCompose(there -> upTo(there, offset, most));
  }

  /** What is there may still be before the offset: whoever waits is told whenever there is more. */
  private CompletionStage<Extent> upTo(long there, long offset, long most) {
    boolean complete = copy.isComplete();
    long end = complete ? there : Math.min(there, length - 1);
    if (end > offset) {
      return CompletableFuture.completedFuture(new Extent.File(file, offset, end - offset));
    }
    if (complete) {
      return CompletableFuture.failedFuture(new EOFException("ends at byte " + there));
    }
    return there > offset
        ? copy.finished().thenCompose(right -> part(offset, most))
        : part(offset, most);
  }
}
