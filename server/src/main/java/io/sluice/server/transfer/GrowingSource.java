package io.sluice.server.transfer;

import java.util.concurrent.CompletionStage;

/** A file that is read while it is made, whose length is not known before it is complete. */
public interface GrowingSource {
  /** The file; it stays open as long as the answer does. */
  OpenFile file();

  /**
   * Waits for bytes behind an offset. Returns at once.
   *
   * @param offset how many bytes have been taken so far
   * @return completes with the number of bytes there are: more than the offset, or just as many
   *     when the file is complete; exceptionally when it will not become complete, and then the
   *     transfer is cut off
   */
  CompletionStage<Long> beyond(long offset);
}
