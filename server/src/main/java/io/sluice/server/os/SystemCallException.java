package io.sluice.server.os;

import java.io.IOException;
import java.util.Map;

/** A call to the kernel that failed, with its reason as a number and not as a text of a locale. */
public final class SystemCallException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code ENOENT}. */
  public static final int NO_ENTRY = 2;

  /** {@code EAGAIN}. */
  public static final int TRY_AGAIN = 11;

  /** {@code EACCES}. */
  public static final int ACCESS_DENIED = 13;

  /** {@code EXDEV}: openat2(2) says so of a path that leaves the folder it has to stay in. */
  public static final int LEAVES_FOLDER = 18;

  /** {@code ENOTDIR}. */
  public static final int NOT_A_FOLDER = 20;

  /** {@code ENAMETOOLONG}. */
  public static final int NAME_TOO_LONG = 36;

  /** {@code ELOOP}. */
  public static final int TOO_MANY_LINKS = 40;

  /** Those an operator meets; the numbers are those of x86_64 and aarch64. */
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(1, "EPERM"),
          Map.entry(NO_ENTRY, "ENOENT"),
          Map.entry(5, "EIO"),
          Map.entry(TRY_AGAIN, "EAGAIN"),
          Map.entry(12, "ENOMEM"),
          Map.entry(ACCESS_DENIED, "EACCES"),
          Map.entry(LEAVES_FOLDER, "EXDEV"),
          Map.entry(19, "ENODEV"),
          Map.entry(NOT_A_FOLDER, "ENOTDIR"),
          Map.entry(22, "EINVAL"),
          Map.entry(23, "ENFILE"),
          Map.entry(24, "EMFILE"),
          Map.entry(28, "ENOSPC"),
          Map.entry(NAME_TOO_LONG, "ENAMETOOLONG"),
          Map.entry(38, "ENOSYS"),
          Map.entry(TOO_MANY_LINKS, "ELOOP"),
          Map.entry(107, "ENOTCONN"),
          Map.entry(110, "ETIMEDOUT"),
          Map.entry(116, "ESTALE"),
          Map.entry(122, "EDQUOT"));

  private final int errno;

  /**
   * A call that failed.
   *
   * @param what the call and what it was about
   * @param errno its reason, see errno(3)
   */
  public SystemCallException(String what, int errno) {
    super(what + ": " + name(errno));
    this.errno = errno;
  }

  /** The reason, see errno(3). */
  public int errno() {
    return errno;
  }

  /**
   * Whether nothing is there under such a name, or nothing the server may see: no failure of the
   * file system.
   */
  public boolean isAbsence() {
    return switch (errno) {
      case NO_ENTRY, NOT_A_FOLDER, NAME_TOO_LONG, TOO_MANY_LINKS, ACCESS_DENIED, LEAVES_FOLDER ->
          true;
      default -> false;
    };
  }

  /** The name of a reason where it has one here, such as {@code EIO}. */
  public static String name(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
