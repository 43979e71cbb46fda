package io.sluice.server.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder whose files are served, and the boundary around it. Blocks on the file system.
 *
 * <p>Symbolic links are followed as long as they stay within the root. A name that begins with a
 * dot is not served, neither in the request nor where a link leads.
 */
public final class ServedRoot {
  private static final List<String> SIDECARS =
      List.of(".sha256", ".sha512", ".asc", ".sig", ".bmap", ".part", ".tmp");

  private final Path root;

  /**
   * Serves files below this folder, which may be a symbolic link and may change while the server
   * runs.
   */
  public ServedRoot(Path root) {
    this.root = root;
  }

  /**
   * A regular file below the root.
   *
   * @param name what it is called where it was looked for, which is not what a link leads to
   * @param path where it really is, free of symbolic links
   */
  public record Located(String name, Path path) {}

  /**
   * Looks for a regular file below the root.
   *
   * @param segments names from the root down, as in the decoded path of a request, at least one
   * @return empty when there is no such file or it must not be served; the two are not told apart
   * @throws IOException when the root itself is not there
   */
  public Optional<Located> find(List<String> segments) throws IOException {
    if (segments.stream().anyMatch(ServedRoot::isHidden)) {
      return Optional.empty();
    }
    Path realRoot = root.toRealPath();
    try {
      Path real = realRoot.resolve(String.join("/", segments)).toRealPath();
      String name = segments.get(segments.size() - 1);
      return isServed(realRoot, real) ? Optional.of(new Located(name, real)) : Optional.empty();
    } catch (FileSystemException | InvalidPathException notThere) {
      return Optional.empty();
    }
  }

  /**
   * The files of a folder that have this name with any extension or none, without checksums,
   * signatures and unfinished downloads that lie beside them.
   *
   * @param folder names from the root down
   * @return sorted by name
   */
  public List<Located> findNamed(List<String> folder, String name) throws IOException {
    if (isHidden(name) || folder.stream().anyMatch(ServedRoot::isHidden)) {
      return List.of();
    }
    List<String> names;
    try (Stream<Path> entries = Files.list(root.resolve(String.join("/", folder)))) {
      names =
          entries
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(entry -> entry.equals(name) || entry.startsWith(name + "."))
              .filter(entry -> SIDECARS.stream().noneMatch(entry::endsWith))
              .sorted()
              .toList();
    } catch (FileSystemException | InvalidPathException notThere) {
      return List.of();
    } catch (UncheckedIOException whileListing) {
      throw whileListing.getCause();
    }
    return names.stream()
        .flatMap(entry -> findQuietly(Stream.concat(folder.stream(), Stream.of(entry)).toList()))
        .toList();
  }

  private Stream<Located> findQuietly(List<String> segments) {
    try {
      return find(segments).stream();
    } catch (IOException rootIsGone) {
      return Stream.empty();
    }
  }

  private static boolean isServed(Path realRoot, Path real) throws IOException {
    if (!real.startsWith(realRoot) || real.equals(realRoot)) {
      return false;
    }
    for (Path name : realRoot.relativize(real)) {
      if (isHidden(name.toString())) {
        return false;
      }
    }
    return FileIdentity.of(real).regular();
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.indexOf('\0') >= 0;
  }
}
