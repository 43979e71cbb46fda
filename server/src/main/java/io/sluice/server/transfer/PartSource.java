package io.sluice.server.transfer;

import java.util.concurrent.CompletionStage;

/** Produces the bytes of a body part by part, for the pump. */
public interface PartSource {

  /**
   * What the next bytes of the body are. Returns at once, whatever has to be done to know it. When
   * it has to be waited for, the same is asked again once the stage is complete.
   *
   * @param offset first byte, as the source counts
   * @param most how many bytes are wanted now, at least 1
   * @return an extent of the body that begins at {@code offset} and ends anywhere: of a file, of
   *     zeros or of memory. What is longer than wanted may be read ahead. A file stays open as long
   *     as the answer that the part belongs to does. Fails when the bytes cannot be produced, and
   *     then the transfer is cut off.
   */
  CompletionStage<Extent> part(long offset, long most);
}
