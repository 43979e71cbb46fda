package io.sluice.server.transfer;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What every transfer of a server takes its parts from, beside the files of its own plan. */
public final class PartSources implements AutoCloseable {
  private final PageReader coldReads;
  private final PieceRoom pieces;
  private final OpenFile zeros;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Sources for one server.
   *
   * @param pieces room for what has to be copied to be sent
   * @throws IOException when the file of zeros cannot be made in the folder for temporary files
   */
  public PartSources(PageReader coldReads, PieceRoom pieces) throws IOException {
    this.pieces = pieces;
    this.coldReads = coldReads;
    this.zeros = ZeroFile.make();
  }

  /** Memory of the pieces that are copied. */
  PieceRoom pieces() {
    return pieces;
  }

  /**
   * Cuts a plan for one connection.
   *
   * @param pieces where bytes of files are copied to; null when the connection sends files as they
   *     are
   */
  PlanReader reader(TransferPlan plan, @Nullable CopiedPieces pieces) {
    return new PlanReader(plan, coldReads, zeros, pieces);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      zeros.release();
    }
  }
}
