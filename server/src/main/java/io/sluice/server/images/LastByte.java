package io.sluice.server.images;

import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.PartSource;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The last byte of a long body, sent when its files were not changed in place while the rest was,
 * as {@code cp} does with a file that is there: what is of two versions never looks whole.
 *
 * @param extent the byte
 * @param source the files that the body is of
 * @param pool where they are looked at
 */
record LastByte(Extent extent, SourceIdentity source, Executor pool) implements PartSource {
  /** Shorter bodies have left before a file could be written over, in bytes. */
  private static final long LEAST_BODY = 1024 * 1024;

  /** The same body, of which the last byte is held back; of a short one nothing is. */
  static TransferPlan heldBack(TransferPlan plan, SourceIdentity source, Executor pool) {
    if (!plan.isLengthKnown() || plan.length() < LEAST_BODY) {
      return plan;
    }
    long last = plan.length() - 1;
    List<Extent> extents = new ArrayList<>(plan.slice(0, last).extents());
    Extent extent = plan.slice(last, 1).extents().get(0);
    extents.add(new Extent.Awaited(new LastByte(extent, source, pool), 0, 1));
    return TransferPlan.of(extents);
  }

  @Override
  public CompletionStage<Extent> part(long offset, long most) {
    BlockingStage<Extent> look = this::sure;
    return look.on(pool, source.files().get(0).path().toString());
  }

  private CompletionStage<Extent> sure() throws IOException {
    if (source.standing() == SourceIdentity.Standing.CHANGED) {
      throw new IOException("the image was changed in place while it was sent");
    }
    return extent instanceof Extent.Awaited awaited
        ? awaited.source().part(awaited.offset(), 1).thenApply(part -> part.slice(0, 1))
        : CompletableFuture.completedFuture(extent);
  }
}
