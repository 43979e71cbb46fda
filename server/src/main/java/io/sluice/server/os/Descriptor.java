package io.sluice.server.os;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The place of a file or folder, held by the kernel ({@code O_PATH}, see open(2)): whatever becomes
 * of its names, this stays the same file. Holding one never waits for a FIFO and wakes no device.
 * Blocks on the file system.
 */
public final class Descriptor implements AutoCloseable {
  /** Where the kernel shows what this process has open, see proc_pid_fd(5). */
  private static final Path SHOWN = Path.of("/proc/self/fd");

  /** {@code O_DIRECTORY}: octal 200000 on x86, 40000 on ARM. */
  static final int FOLDER = System.getProperty("os.arch", "").equals("aarch64") ? 0x4000 : 0x10000;

  /** {@code O_NOFOLLOW}: octal 400000 on x86, 100000 on ARM. */
  private static final int NO_FOLLOW =
      System.getProperty("os.arch", "").equals("aarch64") ? 0x8000 : 0x20000;

  /** {@code RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS}, see openat2(2). */
  private static final long BENEATH = 0x8 | 0x2;

  private static final byte[] ITSELF = {0};

  private final int number;

  private Descriptor(int number) {
    this.number = number;
  }

  /** Whether this can be had here: on Linux, with the C library and {@code /proc}. */
  public static boolean isPossible() {
    return LibC.LOADED && Files.isDirectory(SHOWN);
  }

  /** Whether the kernel has openat2(2) (Linux 5.6), and lets this process call it. */
  public static boolean canStayBeneath() {
    if (!isPossible()) {
      return false;
    }
    try (Descriptor top = ofFolder(Path.of("/"));
        Descriptor same = top.beneath(".")) {
      return same.number >= 0;
    } catch (IOException noSuchCall) {
      return false;
    }
  }

  /**
   * Holds a folder.
   *
   * @param path links in it are followed
   */
  public static Descriptor ofFolder(Path path) throws SystemCallException {
    byte[] name = bytes(path.toString());
    return opened(
        "open", path.toString(), calls().openat(LibC.HERE, name, LibC.ONLY_THE_PATH | FOLDER));
  }

  /**
   * Holds what a path below this folder leads to. Links and {@code ..} are followed as long as they
   * stay below it; the kernel sees to that while it follows them.
   *
   * @throws SystemCallException with {@link SystemCallException#LEAVES_FOLDER} when the path leads
   *     out of the folder, if only for a part of the way, or by an absolute link
   */
  public Descriptor beneath(String path) throws SystemCallException {
    return opened(
        "openat2", path, calls().openat2(number, bytes(path), LibC.ONLY_THE_PATH, BENEATH));
  }

  /**
   * Holds an entry of this folder; a link is held itself.
   *
   * @param name one name, not {@code ..}
   */
  public Descriptor entry(String name) throws SystemCallException {
    return opened(
        "openat", name, calls().openat(number, bytes(name), LibC.ONLY_THE_PATH | NO_FOLLOW));
  }

  private static CallMemory calls() {
    return CallMemory.get();
  }

  private static byte[] bytes(String path) throws SystemCallException {
    byte[] name = KernelPath.bytes(path);
    if (name == null) {
      throw new SystemCallException("open", SystemCallException.NAME_TOO_LONG);
    }
    return name;
  }

  private static Descriptor opened(String call, String path, int number)
      throws SystemCallException {
    if (number < 0) {
      throw new SystemCallException(call + " " + path, Native.getLastError());
    }
    return new Descriptor(number);
  }

  /** What it is now. */
  public FileStatus status() throws SystemCallException {
    look();
    return calls().seen();
  }

  /** Whether the file has no name any more. */
  public boolean isUnlinked() throws SystemCallException {
    look();
    return calls().isUnlinked();
  }

  /** Whether a file system is mounted here; always no before Linux 5.8. */
  public boolean isMountRoot() throws SystemCallException {
    look();
    return calls().isMountRoot();
  }

  private void look() throws SystemCallException {
    if (!calls().statx(number, 0)) {
      throw new SystemCallException("statx", Native.getLastError());
    }
  }

  /** Its path now, free of links; null when it has none that is text. */
  public @Nullable String path() {
    return path(number);
  }

  static @Nullable String path(int number) {
    byte[] shown = (SHOWN + "/" + number + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] target = calls().target(LibC.HERE, shown);
    return target == null ? null : KernelPath.text(target);
  }

  /** Where this link leads to, as it says; null when that is no text. */
  public @Nullable String target() throws SystemCallException {
    byte[] target = calls().target(number, ITSELF);
    if (target == null) {
      throw new SystemCallException("readlinkat", Native.getLastError());
    }
    return KernelPath.text(target);
  }

  /**
   * A path that leads here whatever the names are, for as long as this is open. What is resolved
   * against it begins in this very folder.
   */
  public Path place() {
    return SHOWN.resolve(Integer.toString(number));
  }

  /** Opens what is held for reading; the channel stays open when this is closed. */
  public FileChannel read() throws IOException {
    return FileChannel.open(place(), StandardOpenOption.READ);
  }

  @Override
  public void close() {
    LibC.close(number);
  }
}
