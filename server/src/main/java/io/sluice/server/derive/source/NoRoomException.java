package io.sluice.server.derive.source;

import io.sluice.server.root.FullDisk;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

/** What was to be kept does not fit: the cache may not grow, or its disk cannot. */
public final class NoRoomException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is full. */
  public NoRoomException(String message) {
    super(message);
  }

  /**
   * The same failure, as a lack of room if it is one. Blocks.
   *
   * @param folder where something was to be written
   */
  public static IOException orSame(IOException e, Path folder) {
    if (e instanceof ClosedChannelException || !FullDisk.isFull(folder)) {
      return e;
    }
    NoRoomException full = new NoRoomException("the disk of the cache is full");
    full.initCause(e);
    return full;
  }
}
