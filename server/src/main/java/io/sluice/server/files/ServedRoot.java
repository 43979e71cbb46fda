package io.sluice.server.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder whose files are served, and the boundary around it. Blocks on the file system.
 *
 * <p>Symbolic links are followed as long as they stay within the root. A name that begins with a
 * dot is not served, neither in the request nor where a link leads.
 */
public final class ServedRoot {
  /** Checksums, signatures, and downloads, uploads and edits that are not finished. */
  private static final Set<String> SIDECARS =
      Set.of(
          ".md5",
          ".md5sum",
          ".md5sums",
          ".sha1",
          ".sha1sum",
          ".sha224",
          ".sha256",
          ".sha256sum",
          ".sha256sums",
          ".sha384",
          ".sha512",
          ".sha512sum",
          ".sha512sums",
          ".b2",
          ".b2sum",
          ".b3",
          ".digest",
          ".digests",
          ".checksum",
          ".checksums",
          ".asc",
          ".sig",
          ".sign",
          ".gpg",
          ".pgp",
          ".minisig",
          ".sigstore",
          ".bmap",
          ".zsync",
          ".torrent",
          ".meta4",
          ".metalink",
          ".part",
          ".partial",
          ".tmp",
          ".temp",
          ".crdownload",
          ".download",
          ".aria2",
          ".upload",
          ".filepart",
          ".swp",
          ".lock");

  /** What may be a file of its own, but is not where another lies beside it. */
  private static final Set<String> NOTES =
      Set.of(
          ".txt",
          ".json",
          ".yaml",
          ".yml",
          ".xml",
          ".html",
          ".md",
          ".log",
          ".pem",
          ".crt",
          ".cert",
          ".manifest",
          ".packages",
          ".contents",
          ".changes",
          ".verity",
          ".roothash",
          ".usrhash",
          ".cksum",
          ".crc",
          ".crc32",
          ".crc32c",
          ".sha3",
          ".sha3-256",
          ".blake2b",
          ".blake3",
          ".spdx",
          ".cdx",
          ".jsonl",
          ".intoto",
          ".provenance",
          ".att",
          ".bundle",
          ".cosign",
          ".sbom",
          ".p7s",
          ".bak",
          ".old",
          ".orig");

  /**
   * How the JDK's reasons begin where it has no exception of its own: ENOTDIR, ELOOP, ENAMETOOLONG.
   */
  private static final List<String> ABSENCES =
      List.of("Not a directory", "Too many levels of symbolic links", "File name too long");

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
   * @param identity what was there when it was looked for
   */
  public record Located(String name, Path path, FileIdentity identity) {}

  /** Where that would be looked for, as it stands: it need not be there, nor within the root. */
  Path path(List<String> segments) {
    return root.resolve(String.join("/", segments));
  }

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
      return isVisible(realRoot, real) ? located(name, real) : Optional.empty();
    } catch (InvalidPathException notThere) {
      return Optional.empty();
    } catch (FileSystemException e) {
      return noneUnlessItFailed(e, Optional.empty());
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
              .filter(entry -> !entry.endsWith("~") && !SIDECARS.contains(extension(entry)))
              .sorted()
              .toList();
    } catch (InvalidPathException notThere) {
      return List.of();
    } catch (FileSystemException e) {
      return noneUnlessItFailed(e, List.of());
    } catch (UncheckedIOException whileListing) {
      throw whileListing.getCause();
    }
    List<Located> found = new ArrayList<>();
    for (String entry : withoutNotes(names)) {
      find(Stream.concat(folder.stream(), Stream.of(entry)).toList()).ifPresent(found::add);
    }
    return found;
  }

  private static String extension(String name) {
    return name.substring(Math.max(0, name.lastIndexOf('.'))).toLowerCase(Locale.ROOT);
  }

  private static List<String> withoutNotes(List<String> names) {
    List<String> others = names.stream().filter(name -> !NOTES.contains(extension(name))).toList();
    return others.isEmpty() ? names : others;
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

  private static Optional<Located> located(String name, Path real) throws IOException {
    FileIdentity identity = FileIdentity.of(real);
    return identity.regular() ? Optional.of(new Located(name, real, identity)) : Optional.empty();
  }

  private static boolean isVisible(Path realRoot, Path real) {
    if (!real.startsWith(realRoot) || real.equals(realRoot)) {
      return false;
    }
    for (Path name : realRoot.relativize(real)) {
      if (isHidden(name.toString())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.indexOf('\0') >= 0;
  }
}
