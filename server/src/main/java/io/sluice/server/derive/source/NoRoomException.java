package io.sluice.server.derive.source;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;

/** What was to be kept does not fit: the cache may not grow, or its disk cannot. */
public final class NoRoomException extends IOException {
  private static final long serialVersionUID = 1L;

  /** ENOSPC and EDQUOT as the JDK words them; it has no exception of its own for either. */
  private static final List<String> REASONS =
      List.of("No space left on device", "Disk quota exceeded");

  /** Says what is full. */
  public NoRoomException(String message) {
    super(message);
  }

  /** The same failure, as a lack of room if it is one. */
  public static IOException orSame(IOException e) {
    String reason =
        e instanceof FileSystemException named
            ? String.valueOf(named.getReason())
            : String.valueOf(e.getMessage());
    if (REASONS.stream().noneMatch(reason::contains)) {
      return e;
    }
    NoRoomException full = new NoRoomException("the disk of the cache is full");
    full.initCause(e);
    return full;
  }
}
