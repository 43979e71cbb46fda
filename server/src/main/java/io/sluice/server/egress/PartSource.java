package io.sluice.server.egress;

import java.util.concurrent.CompletionStage;

/** Produces the bytes of a body part by part, for whoever sends it. */
public interface PartSource {

  /**
   * The next part of the body. Returns at once, whatever has to be done to have the part.
   *
   * @param offset first byte, as the source counts
   * @param most how many bytes are wanted, at least 1
   * @return a stretch of a file that holds the bytes from {@code offset} on, at least 1 and at most
   *     {@code most} of them; the file stays open as long as the answer that the part belongs to
   *     does. Fails when the bytes cannot be produced, and then the transfer is cut off.
   */
  CompletionStage<Extent.File> part(long offset, long most);
}
