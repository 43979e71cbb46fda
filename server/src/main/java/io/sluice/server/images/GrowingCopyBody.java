package io.sluice.server.images;

import io.sluice.server.derive.GrowingCopy;
import io.sluice.server.egress.Extent;
import io.sluice.server.egress.GrowingBody;
import io.sluice.server.egress.OpenFile;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A copy that is sent to one client while it is made. */
final class GrowingCopyBody implements GrowingBody {
  /** A body without bytes, for a client that wants the head only. */
  static final GrowingBody EMPTY =
      new GrowingBody() {
        @Override
        public CompletionStage<Optional<Extent.File>> part(long offset, long most) {
          return CompletableFuture.completedFuture(Optional.empty());
        }

        @Override
        public void release() {
          // Nothing is held.
        }
      };

  private final GrowingCopy copy;
  private final OpenFile file;

  private GrowingCopyBody(GrowingCopy copy, OpenFile file) {
    this.copy = copy;
    this.file = file;
  }

  /** Opens a copy of which some bytes are there. Blocks. */
  static GrowingCopyBody open(GrowingCopy copy) throws IOException {
    return new GrowingCopyBody(copy, new OpenFile(copy.open(), closed -> copy.close()));
  }

  @Override
  public CompletionStage<Optional<Extent.File>> part(long offset, long most) {
    return copy.beyond(offset)
        .thenApply(
            end ->
                end > offset
                    ? Optional.of(new Extent.File(file, offset, Math.min(most, end - offset)))
                    : Optional.empty());
  }

  @Override
  public void release() {
    file.release();
  }
}
