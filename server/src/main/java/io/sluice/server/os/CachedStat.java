package io.sluice.server.os;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A look at a path below a folder without ever waiting for a disk or for a server of files: the
 * kernel answers from what it has in memory, or not at all (openat2(2) with {@code RESOLVE_CACHED},
 * since Linux 5.12). So it may be done on an event loop. Where the kernel cannot do it, nothing is
 * ever seen; nor through a symbolic link of which the time of last access is due to be written,
 * which a thread that may wait has to follow first (relatime, see mount(8): after a change, and
 * once a day). What lies outside of the folder is not seen, whatever leads to it, nor is what a
 * link leads to where a name begins with a dot.
 */
public final class CachedStat {
  private static final long RESOLVE_CACHED = 0x20;

  /** {@code RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED}. */
  private static final long BENEATH = 0x8 | 0x2 | RESOLVE_CACHED;

  /** {@code RESOLVE_NO_SYMLINKS}. */
  private static final long NO_LINKS = 0x4;

  private final byte @Nullable [] folder;
  private final byte @Nullable [] path;

  /**
   * Does not look yet.
   *
   * @param folder links in it are followed
   * @param path from the folder down, without names that begin with a dot
   */
  public CachedStat(Path folder, String path) {
    this.folder = KernelPath.bytes(folder.toString());
    this.path = KernelPath.bytes(path);
  }

  /** Whether anything is ever seen here. */
  static boolean isPossible() {
    return new CachedStat(Path.of("/"), ".").look() != null;
  }

  /** What is there now; null when that is not known without waiting, also when nothing is. */
  public @Nullable FileStatus look() {
    byte[] from = folder;
    byte[] name = path;
    if (!LibC.LOADED || from == null || name == null) {
      return null;
    }
    CallMemory calls = CallMemory.get();
    int top =
        calls.openat2(LibC.HERE, from, LibC.ONLY_THE_PATH | Descriptor.FOLDER, RESOLVE_CACHED);
    if (top < 0) {
      return null;
    }
    try {
      return look(calls, top, name);
    } finally {
      LibC.close(top);
    }
  }

  private static @Nullable FileStatus look(CallMemory calls, int top, byte[] name) {
    int file = calls.openat2(top, name, LibC.ONLY_THE_PATH, BENEATH | NO_LINKS);
    boolean linked = file < 0;
    if (linked) {
      file = calls.openat2(top, name, LibC.ONLY_THE_PATH, BENEATH);
    }
    if (file < 0) {
      return null;
    }
    try {
      return (!linked || isShown(top, file)) && calls.statx(file, CallMemory.AS_KNOWN)
          ? calls.seen()
          : null;
    } finally {
      LibC.close(file);
    }
  }

  /** Whether a link led to a place below the folder that no dot hides. */
  private static boolean isShown(int top, int file) {
    String from = Descriptor.path(top);
    String to = Descriptor.path(file);
    return from != null && to != null && KernelPath.isShown(from, to);
  }
}
