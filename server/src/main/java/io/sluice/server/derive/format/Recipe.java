package io.sluice.server.derive.format;

import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.NoRoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;

/**
 * How the bytes of a form are made from a disk. The same disk and the same recipe give the same
 * bytes, however many threads work on them.
 */
@FunctionalInterface
public interface Recipe {
  /**
   * Makes all bytes.
   *
   * @throws NoRoomException when there is no room for them
   * @throws IOException when the disk cannot be read
   * @throws CancellationException when no client waits for them any more
   */
  void make(DiskSource source, Output output) throws IOException;

  /** Whether all is made once it was begun, though no client waits for it any more. */
  default boolean goesOnUnattended() {
    return false;
  }

  /** Where the bytes go. Used by one thread. */
  interface Output {
    /** Appends bytes, which can be read by others from then on. */
    void append(ByteBuffer bytes) throws IOException;

    /** Appends bytes of which those that are zeros may be holes; the buffer has an array. */
    default void appendSparsely(ByteBuffer bytes) throws IOException {
      append(bytes);
    }

    /** Overwrites bytes that were appended before, in a form that is not read until it is done. */
    default void replace(long offset, ByteBuffer bytes) throws IOException {
      throw new UnsupportedOperationException("what is read while it is made is never replaced");
    }

    /**
     * Reads back what was appended.
     *
     * @return number of bytes, -1 at the end
     */
    default int read(long offset, ByteBuffer into) throws IOException {
      throw new UnsupportedOperationException("nothing is kept");
    }

    /**
     * Says how far the work is, and finds out whether to go on with it.
     *
     * @param bytes how many bytes of the source are done
     */
    void progress(long bytes);
  }
}
