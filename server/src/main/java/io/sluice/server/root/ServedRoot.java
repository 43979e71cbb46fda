package io.sluice.server.root;

import io.sluice.server.os.Descriptor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folder whose files are served, and the boundary around it. Blocks on the file system.
 *
 * <p>Symbolic links are followed as long as they lead to something within the root. A name that
 * begins with a dot is not served, neither in the request nor where a link leads. What was found is
 * held, and what is held is what is opened: see {@link Boundary}.
 */
public final class ServedRoot {
  private final Path folder;
  private final Boundary boundary;

  /**
   * Serves a folder.
   *
   * @param folder may be a symbolic link, and may change while the server runs
   */
  public ServedRoot(Path folder) {
    this(
        folder,
        Descriptor.isPossible()
            ? new KernelBoundary(folder, Descriptor.canStayBeneath())
            : new PlainBoundary(folder));
  }

  ServedRoot(Path folder, Boundary boundary) {
    this.folder = folder;
    this.boundary = boundary;
  }

  /**
   * A regular file below the root.
   *
   * @param name what it is called where it was looked for, which is not what a link leads to
   * @param path where it really is, free of symbolic links
   * @param identity what was there when it was looked for
   */
  public record Located(String name, Path path, FileIdentity identity) {}

  /** The folder, as it was given. */
  public Path folder() {
    return folder;
  }

  /** Where that would be looked for, as it stands: it need not be there, nor within the root. */
  public Path path(String... names) {
    return folder.resolve(String.join("/", names));
  }

  /** Why nothing can be served, as it was when that was last looked at; empty when it can. */
  public String obstacle() {
    return boundary.obstacle();
  }

  /** Looks whether the root is there, for {@link #obstacle}. */
  public void look() {
    try {
      hold("").ifPresent(HeldFile::close);
    } catch (IOException gone) {
      // The obstacle says so.
    }
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
    return find(below(path), String.valueOf(path.getFileName()));
  }

  private Optional<Located> find(String path, String name) throws IOException {
    Optional<HeldFile> found = hold(path);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (HeldFile held = found.get()) {
      FileIdentity identity = held.identity();
      return held.isShown() && identity.regular()
          ? Optional.of(new Located(name, held.path(), identity))
          : Optional.empty();
    }
  }

  /**
   * Holds the regular file that a path leads to.
   *
   * @param path from the root down, or absolute
   * @return closed by the caller
   * @throws NoSuchFileException when there is none, or it is hidden or outside of the root
   * @throws IOException when the root itself is not there
   */
  public HeldFile file(Path path) throws IOException {
    Optional<HeldFile> found = hold(below(path));
    if (found.isPresent()) {
      HeldFile held = found.get();
      boolean kept = false;
      try {
        kept = held.isShown() && held.identity().regular();
      } finally {
        if (!kept) {
          held.close();
        }
      }
      if (kept) {
        return held;
      }
    }
    throw new NoSuchFileException(path.toString());
  }

  /** Opens for reading what {@link #file} holds. */
  public FileChannel open(Path path) throws IOException {
    try (HeldFile held = file(path)) {
      return held.read();
    }
  }

  /**
   * Holds whatever a path leads to, also where a dot hides it.
   *
   * @param path from the root down
   * @return empty when nothing is there, or it is outside of the root; closed by the caller
   * @throws IOException when the root itself is not there
   */
  public Optional<HeldFile> hold(String path) throws IOException {
    return path.indexOf('\0') >= 0 ? Optional.empty() : boundary.hold(path);
  }

  /**
   * Holds a folder of the root, and makes it where it is not there.
   *
   * @param name without slashes
   * @throws NotDirectoryException when something else is there, or what it leads to is outside of
   *     the root
   */
  public HeldFile makeFolder(String name) throws IOException {
    Optional<HeldFile> there = hold(name);
    if (there.isEmpty()) {
      try (HeldFile top = hold("").orElseThrow(() -> new NoSuchFileException(name))) {
        Path made = top.place().resolve(name);
        if (!Files.isSymbolicLink(made)) {
          Files.createDirectories(made);
        }
      }
      there = hold(name);
    }
    HeldFile held = there.orElseThrow(() -> new NotDirectoryException(name));
    if (!Files.isDirectory(held.place())) {
      held.close();
      throw new NotDirectoryException(name);
    }
    return held;
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
    Optional<HeldFile> found = hold(String.join("/", segments));
    if (found.isEmpty()) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (HeldFile held = found.get();
        DirectoryStream<Path> entries = Files.newDirectoryStream(held.place())) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
      return names;
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    } catch (DirectoryIteratorException whileListing) {
      throw whileListing.getCause();
    }
  }

  /** A path of the file system from the root down, where it is one by its names alone. */
  private String below(Path path) {
    Path from = path.isAbsolute() ? folder.toAbsolutePath() : folder;
    return path.isAbsolute() && path.startsWith(from) && path.getNameCount() > from.getNameCount()
        ? path.subpath(from.getNameCount(), path.getNameCount()).toString()
        : path.toString();
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.indexOf('\0') >= 0;
  }
}
