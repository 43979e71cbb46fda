package io.sluice.server.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A look at a path without ever waiting for a disk or for a server of files: the kernel answers
 * from what it has in memory, or not at all (openat2(2) with {@code RESOLVE_CACHED}, since Linux
 * 5.12). So it may be done on an event loop. Where the kernel cannot do it, nothing is ever seen;
 * nor through a symbolic link of which the time of last access is due to be written, which a thread
 * that may wait has to follow first (relatime, see mount(8): after a change, and once a day).
 */
public final class CachedStat {
  /** {@code AT_FDCWD}: a relative path begins in the working directory. */
  private static final int HERE = -100;

  /** {@code O_PATH | O_CLOEXEC}: it is not opened for reading, so nothing of it need be read. */
  private static final long ONLY_THE_PATH = 0x200000 | 0x80000;

  private static final long RESOLVE_CACHED = 0x20;

  /** {@code AT_EMPTY_PATH | AT_STATX_DONT_SYNC}: the descriptor itself, without asking a server. */
  private static final int ITSELF_AS_KNOWN = 0x1000 | 0x4000;

  /** {@code STATX_BASIC_STATS}. */
  private static final int BASIC_STATS = 0x7ff;

  /** {@code struct open_how}, see openat2(2). */
  private static final int HOW_BYTES = 24;

  /** {@code struct statx}, see statx(2). */
  private static final int STATX_BYTES = 256;

  /** {@code PATH_MAX}, with the zero at the end. */
  private static final int MOST_PATH_BYTES = 4096;

  private static final int STATX = HOW_BYTES;
  private static final int MODE = STATX + 28;
  private static final int INODE = STATX + 32;
  private static final int SIZE = STATX + 40;
  private static final int CHANGED = STATX + 96;
  private static final int MODIFIED = STATX + 112;
  private static final int DEVICE_MAJOR = STATX + 136;
  private static final int DEVICE_MINOR = STATX + 140;
  private static final int PATH = STATX + STATX_BYTES;
  private static final int EMPTY_PATH = PATH + MOST_PATH_BYTES;

  private static final ThreadLocal<Buffer> BUFFERS = ThreadLocal.withInitial(Buffer::new);

  /** With a zero at the end. */
  private final byte[] path;

  /**
   * Does not look yet.
   *
   * @param path links in it are followed
   */
  public CachedStat(Path path) {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    this.path = Arrays.copyOf(name, name.length + 1);
  }

  /** Whether anything is ever seen here. */
  static boolean isPossible() {
    return new CachedStat(Path.of("/")).look() != null;
  }

  /** What is there now; null when that is not known without waiting, also when nothing is. */
  public @Nullable FileStatus look() {
    return LibC.LOADED && path.length <= MOST_PATH_BYTES ? BUFFERS.get().look(path) : null;
  }

  /** Memory for one thread, laid out as the constants above say. */
  private static final class Buffer {
    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(EMPTY_PATH + 1).order(ByteOrder.nativeOrder());

    private final long address = Pointer.nativeValue(Native.getDirectBufferPointer(memory));

    Buffer() {
      memory.putLong(0, ONLY_THE_PATH).putLong(2 * Long.BYTES, RESOLVE_CACHED);
    }

    @Nullable FileStatus look(byte[] path) {
      memory.put(PATH, path);
      int file = (int) LibC.syscall(LibC.OPENAT2, HERE, address + PATH, address, HOW_BYTES);
      if (file < 0) {
        return null;
      }
      int failed =
          LibC.statx(file, address + EMPTY_PATH, ITSELF_AS_KNOWN, BASIC_STATS, address + STATX);
      LibC.close(file);
      return failed == 0 ? seen() : null;
    }

    private FileStatus seen() {
      return new FileStatus(
          device(memory.getInt(DEVICE_MAJOR), memory.getInt(DEVICE_MINOR)),
          memory.getLong(INODE),
          memory.getLong(SIZE),
          time(MODIFIED),
          time(CHANGED),
          memory.getShort(MODE) & 0xffff);
    }

    private FileTime time(int at) {
      return FileTime.from(
          Instant.ofEpochSecond(memory.getLong(at), memory.getInt(at + Long.BYTES)));
    }

    /** As makedev(3) puts it together. */
    private static long device(long major, long minor) {
      return (major & 0xfff) << 8
          | (minor & 0xff)
          | (minor & ~0xffL) << 12
          | (major & ~0xfffL) << 32;
    }
  }
}
