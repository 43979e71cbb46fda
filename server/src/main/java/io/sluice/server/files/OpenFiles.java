package io.sluice.server.files;

import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
   * @param root what the path is held to
   * @param path without symbolic links
   * @throws NoSuchFileException when it has vanished, or is no regular file any more
   * @throws IOException when it cannot be read, or is replaced all the time
   */
  public Opened open(ServedRoot root, Path path) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (HeldFile held = settle(root, path)) {
        FileIdentity identity = held.identity();
        boolean settled = !identity.mayChangeUnnoticed(clock.instant());
        OpenFile shared = open.get(identity);
        if (shared != null && shared.tryRetain()) {
          return new Opened(shared, identity, settled);
        }
        FileChannel channel = held.read();
        if (identity.equals(held.identity())) {
          return new Opened(share(identity, path, channel), identity, settled);
        }
        channel.close();
      }
    }
    throw new IOException(path + ": changed while it was being opened, " + ATTEMPTS + " times");
  }

  /** How many files are open. */
  public int count() {
    return open.size();
  }

  /** Keeps the channel, unless another thread has opened the same file in the meantime. */
  private OpenFile share(FileIdentity identity, Path path, FileChannel channel) {
    OpenFile mine =
        new OpenFile(
            channel, path.toString(), identity.hashCode(), self -> open.remove(identity, self));
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
  private HeldFile settle(ServedRoot root, Path path) throws IOException {
    HeldFile held = root.file(path);
    boolean kept = false;
    try {
      kept = !held.identity().mayChangeUnnoticed(clock.instant());
    } finally {
      if (!kept) {
        held.close();
      }
    }
    if (kept) {
      return held;
    }
    FileIdentity.settle();
    return root.file(path);
  }
}
