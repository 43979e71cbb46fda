package io.sluice.server.images;

import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.GrowingSource;
import io.sluice.server.transfer.OpenFile;
import io.sluice.server.transfer.PartSource;
import io.sluice.server.transfer.TransferPlan;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A copy that is sent to one client while it is made. Where its length is known before, its last
 * byte is sent when all of it was found to be right, so that nothing that is damaged ever looks
 * whole.
 *
 * @param file gives the copy back when it is closed
 * @param length of the whole copy in bytes, where it is known
 */
record GrowingBody(GrowingCopy copy, OpenFile file, OptionalLong length)
    implements GrowingSource, PartSource {
  /** Opens a copy of which some bytes are there. Blocks. */
  static GrowingBody open(GrowingCopy copy, OptionalLong length) throws IOException {
    return new GrowingBody(copy, new OpenFile(copy.open(), closed -> copy.close()), length);
  }

  /**
   * All of it.
   *
   * @param expected about how long it becomes, in bytes, where its length is not known
   */
  TransferPlan plan(long expected) {
    return length.isEmpty()
        ? TransferPlan.growing(this, expected)
        : TransferPlan.of(List.of(new Extent.Awaited(this, 0, length.getAsLong())));
  }

  @Override
  public CompletionStage<Long> beyond(long offset) {
    return copy.beyond(offset);
  }

  @Override
  public CompletionStage<Extent> part(long offset, long most) {
    return copy.beyond(offset).thenCompose(there -> upTo(there, offset, most));
  }

  /** What is there may still be before the offset: a reader is told whenever there is more. */
  private CompletionStage<Extent> upTo(long there, long offset, long most) {
    boolean complete = copy.isComplete();
    long end = complete ? there : Math.min(there, length.orElseThrow() - 1);
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
