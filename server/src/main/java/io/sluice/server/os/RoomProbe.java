package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Whether a write failed because a file system, or the share of it that the user of the server may
 * have, is full. The JDK words that in the language of the locale; here it is tried with a call
 * that tells its reason as a number.
 */
public final class RoomProbe {
  /** A file system with less room than this, in bytes, counts as full. */
  private static final int LEAST_ROOM = 64 * 1024;

  /** {@code O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC}. */
  private static final int NEW_FILE = 1 | 0100 | 0200 | 0x80000;

  /** {@code ENOSPC}. */
  private static final int NO_SPACE = 28;

  /** {@code EDQUOT}. */
  private static final int OVER_QUOTA = 122;

  private RoomProbe() {}

  /** Whether so little room is left in a folder. Blocks; leaves nothing behind. */
  public static boolean isFull(Path folder) {
    try {
      if (Files.getFileStore(folder).getUsableSpace() < LEAST_ROOM) {
        return true;
      }
      return LibC.LOADED && refusesToGrow(folder.resolve(".room-" + UUID.randomUUID()));
    } catch (IOException unknown) {
      return false;
    }
  }

  private static boolean refusesToGrow(Path file) throws IOException {
    byte[] path = KernelPath.bytes(file.toString());
    if (path == null) {
      return false;
    }
    int made = CallMemory.get().create(path, NEW_FILE);
    if (made < 0) {
      return isFull(Native.getLastError());
    }
    try {
      ByteBuffer bytes = ByteBuffer.allocateDirect(LEAST_ROOM);
      long address = Pointer.nativeValue(Native.getDirectBufferPointer(bytes));
      long written = LibC.pwrite(made, address, LEAST_ROOM, 0);
      return written < 0 ? isFull(Native.getLastError()) : written < LEAST_ROOM;
    } finally {
      LibC.close(made);
      Files.deleteIfExists(file);
    }
  }

  private static boolean isFull(int errno) {
    return errno == NO_SPACE || errno == OVER_QUOTA;
  }
}
