package io.sluice.server.files;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The files that are being sent, each open once however many clients read it. A file is known by
 * its identity, not by its path: a file renamed over another is a new one, and answers that began
 * with the old one keep it. Blocks on the file system.
 */
public final class OpenFiles {
  /**
   * How often a file may be replaced between looking at it and opening it, before that is called a
   * failure.
   */
  private static final int ATTEMPTS = 5;

  private final ConcurrentMap<FileIdentity, OpenFile> open = new ConcurrentHashMap<>();
  private final Clock clock;

  /** Nothing is open. */
  public OpenFiles(Clock clock) {
    this.clock = clock;
  }

  /**
   * An open file and what it is.
   *
   * @param file holds one reference, which the caller releases
   * @param identity what was opened
   * @param settled whether the identity is sure to change with the bytes
   */
  public record Opened(OpenFile file, FileIdentity identity, boolean settled) {}

  /**
   * Opens a regular file for reading, or shares it with others that send it.
   *
   * @param path without symbolic links
   * @throws NoSuchFileException when it has vanished, or is no regular file any more
   * @throws IOException when it cannot be read, or is replaced all the time
   */
  public Opened open(Path path) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      FileIdentity identity = settle(path);
      if (!identity.regular()) {
        throw new NoSuchFileException(path.toString());
      }
      boolean settled = !identity.mayChangeUnnoticed(clock.instant());
      OpenFile shared = open.get(identity);
      if (shared != null && shared.tryRetain()) {
        return new Opened(shared, identity, settled);
      }
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      if (identity.equals(FileIdentity.of(path))) {
        return new Opened(share(identity, channel), identity, settled);
      }
      channel.close();
    }
    throw new IOException(path + ": replaced while it was being opened, " + ATTEMPTS + " times");
  }

  /** How many files are open. */
  public int count() {
    return open.size();
  }

  /** Keeps the channel, unless another thread has opened the same file in the meantime. */
  private OpenFile share(FileIdentity identity, FileChannel channel) {
    OpenFile mine = new OpenFile(channel, identity.hashCode(), self -> open.remove(identity, self));
    OpenFile kept =
        open.compute(identity, (key, other) -> other != null && other.tryRetain() ? other : mine);
    if (kept != mine) {
      mine.release();
    }
    return kept;
  }

  /**
   * Looks at a file that was changed just now once more, when a further change would be noticed.
   */
  private FileIdentity settle(Path path) throws IOException {
    FileIdentity identity = FileIdentity.of(path);
    if (identity.mayChangeUnnoticed(clock.instant())) {
      FileIdentity.settle();
      return FileIdentity.of(path);
    }
    return identity;
  }
}
