package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Memory of one thread for what openat2(2), statx(2) and readlinkat(2) are given and give back.
 * Nothing is allocated for a call.
 */
final class CallMemory {
  /** {@code PATH_MAX}, with the zero at the end. */
  static final int MOST_PATH_BYTES = 4096;

  /** {@code AT_EMPTY_PATH}: the descriptor itself. */
  static final int ITSELF = 0x1000;

  /** {@code AT_STATX_DONT_SYNC}: without asking a server of files. */
  static final int AS_KNOWN = 0x4000;

  /** {@code STATX_BASIC_STATS}. */
  private static final int BASIC_STATS = 0x7ff;

  /** {@code STATX_ATTR_MOUNT_ROOT}, since Linux 5.8. */
  private static final long MOUNT_ROOT = 0x2000;

  /** {@code struct open_how}, see openat2(2). */
  private static final int HOW_BYTES = 24;

  /** {@code struct statx}, see statx(2). */
  private static final int STATX_BYTES = 256;

  private static final int HOW_RESOLVE = 2 * Long.BYTES;
  private static final int STATX = HOW_BYTES;
  private static final int ATTRIBUTES = STATX + 8;
  private static final int LINKS = STATX + 16;
  private static final int MODE = STATX + 28;
  private static final int INODE = STATX + 32;
  private static final int SIZE = STATX + 40;
  private static final int CHANGED = STATX + 96;
  private static final int MODIFIED = STATX + 112;
  private static final int DEVICE_MAJOR = STATX + 136;
  private static final int DEVICE_MINOR = STATX + 140;
  private static final int PATH = STATX + STATX_BYTES;
  private static final int EMPTY_PATH = PATH + MOST_PATH_BYTES;
  private static final int TARGET = EMPTY_PATH + 1;

  private static final ThreadLocal<CallMemory> OF_THREADS =
      ThreadLocal.withInitial(CallMemory::new);

  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(TARGET + MOST_PATH_BYTES).order(ByteOrder.nativeOrder());

  private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(memory));

  private CallMemory() {}

  /** That of the calling thread. */
  static CallMemory get() {
    return OF_THREADS.get();
  }

  /**
   * Opens the place of a file.
   *
   * @param path with a zero at the end, at most {@link #MOST_PATH_BYTES}
   * @param resolve how links and {@code ..} are followed, see openat2(2)
   * @return a negative number for none
   */
  int openat2(int folder, byte[] path, long flags, long resolve) {
    memory.put(PATH, path).putLong(0, flags).putLong(HOW_RESOLVE, resolve);
    return (int) LibC.syscall(LibC.OPENAT2, folder, address + PATH, address, HOW_BYTES);
  }

  /** The same by the older call, which follows links as it likes. */
  int openat(int folder, byte[] path, int flags) {
    memory.put(PATH, path);
    return LibC.openat(folder, address + PATH, flags, 0);
  }

  /** Makes a file that only this user may read. */
  int create(byte[] path, int flags) {
    memory.put(PATH, path);
    return LibC.openat(LibC.HERE, address + PATH, flags, 0600);
  }

  /** Looks at what is open, for the methods below; false when that failed. */
  boolean statx(int file, int flags) {
    return LibC.statx(file, address + EMPTY_PATH, ITSELF | flags, BASIC_STATS, address + STATX)
        == 0;
  }

  /** What was seen last. */
  FileStatus seen() {
    return new FileStatus(
        device(memory.getInt(DEVICE_MAJOR), memory.getInt(DEVICE_MINOR)),
        memory.getLong(INODE),
        memory.getLong(SIZE),
        time(MODIFIED),
        time(CHANGED),
        memory.getShort(MODE) & 0xffff);
  }

  /** Whether what was seen last has no name any more. */
  boolean isUnlinked() {
    return memory.getInt(LINKS) == 0;
  }

  /** Whether what was seen last is where a file system is mounted. */
  boolean isMountRoot() {
    return (memory.getLong(ATTRIBUTES) & MOUNT_ROOT) != 0;
  }

  /**
   * Where a link leads to.
   *
   * @param path with a zero at the end; empty for the link that is open
   * @return null when that failed, or is longer than a path may be
   */
  byte @Nullable [] target(int folder, byte[] path) {
    memory.put(PATH, path);
    long length = LibC.readlinkat(folder, address + PATH, address + TARGET, MOST_PATH_BYTES);
    if (length < 0 || length >= MOST_PATH_BYTES) {
      return null;
    }
    byte[] target = new byte[(int) length];
    memory.get(TARGET, target);
    return target;
  }

  private FileTime time(int at) {
    return FileTime.from(Instant.ofEpochSecond(memory.getLong(at), memory.getInt(at + Long.BYTES)));
  }

  /** As makedev(3) puts it together. */
  private static long device(long major, long minor) {
    return (major & 0xfff) << 8 | (minor & 0xff) | (minor & ~0xffL) << 12 | (major & ~0xfffL) << 32;
  }
}
