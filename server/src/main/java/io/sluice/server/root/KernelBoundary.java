package io.sluice.server.root;

import io.sluice.server.os.Descriptor;
import io.sluice.server.os.KernelPath;
import io.sluice.server.os.SystemCallException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The boundary as the kernel holds it: a path is followed once, from a descriptor of the root, and
 * what was found is what is looked at and opened. A folder that is exchanged in between for a link
 * cannot lead elsewhere.
 */
final class KernelBoundary implements Boundary {
  /** How often a file may be replaced, or the root be renamed, while it is being opened. */
  private static final int ATTEMPTS = 5;

  /** What the kernel puts behind the path of a file that has no name any more. */
  private static final String UNLINKED = " (deleted)";

  private final RootStanding standing;
  private final boolean openat2;

  /**
   * Holds names to a root.
   *
   * @param openat2 whether the kernel may be asked to follow a whole path; else its names are
   *     followed one by one
   */
  KernelBoundary(Path folder, boolean openat2) {
    this.standing = new RootStanding(folder);
    this.openat2 = openat2;
  }

  private record Held(Descriptor descriptor, String below, Path path) implements HeldFile {
    @Override
    public FileIdentity identity() throws IOException {
      return FileIdentity.of(descriptor.status());
    }

    @Override
    public FileChannel read() throws IOException {
      return descriptor.read();
    }

    @Override
    public Path place() {
      return descriptor.place();
    }

    @Override
    public void close() {
      descriptor.close();
    }
  }

  @Override
  public String obstacle() {
    return standing.obstacle();
  }

  @Override
  public Optional<HeldFile> hold(String path) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (Descriptor top = standing.top()) {
        String root = Objects.requireNonNullElse(top.path(), "");
        Descriptor found = follow(top, root, path);
        HeldFile held = within(root, found);
        if (held != null) {
          return Optional.of(held);
        }
        boolean replaced = isUnlinked(found);
        found.close();
        if (!replaced && root.equals(top.path())) {
          return Optional.empty();
        }
      } catch (SystemCallException e) {
        if (e.isAbsence()) {
          return Optional.empty();
        }
        if (e.errno() != SystemCallException.TRY_AGAIN) {
          throw e;
        }
      }
    }
    throw new IOException(path + ": replaced while it was being opened, " + ATTEMPTS + " times");
  }

  private Descriptor follow(Descriptor top, String root, String path) throws SystemCallException {
    String name = path.startsWith("/") ? LinkWalk.inside(root, path) : path;
    if (openat2) {
      try {
        return top.beneath(name.isEmpty() ? "." : name);
      } catch (SystemCallException e) {
        // A link may be absolute, or leave the root and come back.
        if (e.errno() != SystemCallException.LEAVES_FOLDER) {
          throw e;
        }
      }
    }
    try (LinkWalk walk = new LinkWalk(top, root)) {
      return walk.to(name);
    }
  }

  /** Null when it is outside, or has no name any more; it stays open then. */
  private static @Nullable HeldFile within(String root, Descriptor found)
      throws SystemCallException {
    String path = found.path();
    String below = path == null ? null : KernelPath.below(root, path);
    return path == null || below == null || isUnlinked(found)
        ? null
        : new Held(found, below, Path.of(path));
  }

  private static boolean isUnlinked(Descriptor found) throws SystemCallException {
    String path = found.path();
    return path != null && path.endsWith(UNLINKED) && found.isUnlinked();
  }
}
