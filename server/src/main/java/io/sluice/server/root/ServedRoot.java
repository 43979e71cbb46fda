package io.sluice.server.root;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder whose files are served, and the boundary around it. Blocks on the file system.
 *
 * <p>Symbolic links are followed as long as they stay within the root. A name that begins with a
 * dot is not served, neither in the request nor where a link leads.
 *
 * @param folder may be a symbolic link, and may change while the server runs
 */
public record ServedRoot(Path folder) {
  /**
   * How the JDK's reasons begin where it has no exception of its own: ENOTDIR, ELOOP, ENAMETOOLONG.
   */
  private static final List<String> ABSENCES =
      List.of("Not a directory", "Too many levels of symbolic links", "File name too long");

  /**
   * A regular file below the root.
   *
   * @param name what it is called where it was looked for, which is not what a link leads to
   * @param path where it really is, free of symbolic links
   * @param identity what was there when it was looked for
   */
  public record Located(String name, Path path, FileIdentity identity) {
    /** Opens what is there now for reading, which the caller has to compare with the identity. */
    public FileChannel open() throws IOException {
      return FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }
  }

  /** Where that would be looked for, as it stands: it need not be there, nor within the root. */
  public Path path(String... names) {
    return folder.resolve(String.join("/", names));
  }

  /**
   * Looks for a regular file below the root.
   *
   * @param segments names from the root down, as in the decoded path of a request, at least one
   * @return empty when there is no such file or it must not be served; the two are not told apart
   * @throws IOException when the root itself is not there
   */
  public Optional<Located> find(List<String> segments) throws IOException {
    return segments.stream().anyMatch(ServedRoot::isHidden)
        ? Optional.empty()
        : find(String.join("/", segments), segments.get(segments.size() - 1));
  }

  /**
   * Looks for the regular file that a path leads to, which may have {@code ..} in it.
   *
   * @param path from the root down, or absolute
   * @return empty when there is no such file, or it is hidden or outside of the root; they are not
   *     told apart
   * @throws IOException when the root itself is not there
   */
  public Optional<Located> find(Path path) throws IOException {
    return find(path.toString(), String.valueOf(path.getFileName()));
  }

  private Optional<Located> find(String path, String name) throws IOException {
    Path realRoot = folder.toRealPath();
    try {
      Path real = realRoot.resolve(path).toRealPath();
      if (!real.startsWith(realRoot) || isHidden(realRoot.relativize(real))) {
        return Optional.empty();
      }
      FileIdentity identity = FileIdentity.of(real);
      return identity.regular() ? Optional.of(new Located(name, real, identity)) : Optional.empty();
    } catch (InvalidPathException notThere) {
      return Optional.empty();
    } catch (FileSystemException e) {
      return noneUnlessItFailed(e, Optional.empty());
    }
  }

  /**
   * Whether a path leads to something within the root, hidden or not.
   *
   * @throws IOException when there is nothing
   */
  public boolean holds(Path path) throws IOException {
    return path.toRealPath().startsWith(folder.toRealPath());
  }

  /**
   * The names in a folder, which need not be served.
   *
   * @param segments names from the root down
   * @return in no order; none when there is no such folder
   */
  public List<String> names(List<String> segments) throws IOException {
    if (segments.stream().anyMatch(ServedRoot::isHidden)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder.resolve(String.join("/", segments)))) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
    } catch (InvalidPathException notThere) {
      return List.of();
    } catch (FileSystemException e) {
      return noneUnlessItFailed(e, List.of());
    } catch (UncheckedIOException whileListing) {
      throw whileListing.getCause();
    }
  }

  /**
   * What is not there, or not in a form that could be, is no failure; a lack of descriptors or a
   * broken disk is.
   */
  private static <T> T noneUnlessItFailed(FileSystemException e, T none)
      throws FileSystemException {
    boolean absent =
        e instanceof NoSuchFileException
            || e instanceof NotDirectoryException
            || e instanceof AccessDeniedException
            || e instanceof FileSystemLoopException
            || ABSENCES.stream().anyMatch(String.valueOf(e.getReason())::startsWith);
    if (absent) {
      return none;
    }
    throw e;
  }

  private static boolean isHidden(Path path) {
    for (Path name : path) {
      if (isHidden(name.toString())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.indexOf('\0') >= 0;
  }
}
