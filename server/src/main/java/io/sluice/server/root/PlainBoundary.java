package io.sluice.server.root;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The boundary where the C library cannot be called: a path is looked at before and after it is
 * opened. That finds what was exchanged in between, unless it was exchanged back. The line at the
 * start tells an operator of it ({@code openat2 beneath no}).
 */
record PlainBoundary(Path folder) implements Boundary {
  /** {@code NAME_MAX} of Linux' file systems, in bytes. */
  private static final int LONGEST_NAME = 255;

  private record Held(Path root, Path path, String below) implements HeldFile {
    @Override
    public FileIdentity identity() throws IOException {
      return FileIdentity.of(path);
    }

    @Override
    public FileChannel read() throws IOException {
      FileIdentity before = identity();
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      boolean same = false;
      try {
        same = path.toRealPath().equals(path) && identity().equals(before);
      } finally {
        if (!same) {
          channel.close();
        }
      }
      if (!same) {
        throw new NoSuchFileException(path.toString());
      }
      return channel;
    }

    @Override
    public Path place() {
      return path;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  @Override
  public String obstacle() {
    return Files.isDirectory(folder)
        ? ""
        : "root: " + folder + ": not there (expected: the folder that is served)";
  }

  @Override
  public Optional<HeldFile> hold(String path) throws IOException {
    Path root;
    try {
      root = folder.toRealPath();
    } catch (FileSystemException gone) {
      throw new RootGoneException(obstacle());
    }
    Path asked;
    try {
      asked = root.resolve(path);
    } catch (InvalidPathException notThere) {
      return Optional.empty();
    }
    try {
      Path real = asked.toRealPath();
      return real.startsWith(root)
          ? Optional.of(new Held(root, real, root.relativize(real).toString()))
          : Optional.empty();
    } catch (FileSystemException e) {
      if (isAbsence(e, asked)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** By types and by looking: reasons of the JDK's are texts of the locale. */
  private static boolean isAbsence(FileSystemException e, Path asked) {
    if (e instanceof NoSuchFileException
        || e instanceof AccessDeniedException
        || e instanceof FileSystemLoopException) {
      return true;
    }
    Path so = asked.getRoot();
    for (Path name : asked) {
      so = so == null ? name : so.resolve(name);
      if (name.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME
          || (!so.equals(asked) && Files.isRegularFile(so))
          || (Files.isSymbolicLink(so) && !Files.exists(so))) {
        return true;
      }
    }
    return false;
  }
}
