package io.sluice.server.egress;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A body that is sent while it is made, whose length nobody knows yet. */
public interface GrowingBody {
  /**
   * The next part of the body. Returns at once, however long the part is in the making.
   *
   * @param offset how many bytes have been taken so far
   * @param most how many bytes are wanted, at least 1
   * @return completes with a stretch of a file, at least 1 and at most {@code most} bytes; empty at
   *     the end; exceptionally when there will be no more though this is not the end
   */
  CompletionStage<Optional<Extent.File>> part(long offset, long most);

  /** Nothing more is wanted of it; called once. */
  void release();
}
