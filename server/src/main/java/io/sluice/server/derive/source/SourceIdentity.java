package io.sluice.server.derive.source;

import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The files a disk is made of, in the state in which they were opened: one for a raw image, the
 * whole chain for a QCOW2 image.
 *
 * @param format how the files are read, such as {@code raw}; one file read in two ways is two disks
 * @param files at least one, the image itself first
 */
public record SourceIdentity(String format, List<SourceFile> files) {
  /**
   * One file.
   *
   * @param path where it was opened, free of symbolic links
   * @param identity what was opened there
   */
  public record SourceFile(Path path, FileIdentity identity) {}

  /** What has become of the files since they were opened. */
  public enum Standing {
    /** They are where they were, as they were. */
    CURRENT,
    /** Another file is in the place of one, or none; what was opened may be read to its end. */
    REPLACED,
    /**
     * One of them was changed in place in a way that leaves its size and the time of the last
     * change of its bytes as they were: its mode, its links, or its bytes under a time that was put
     * back.
     */
    TOUCHED,
    /** The bytes of one were changed in place: what was read of it may be of two states. */
    CHANGED
  }

  /** Takes a copy of the list. */
  public SourceIdentity {
    if (files.isEmpty()) {
      throw new IllegalArgumentException("source: no file (expected: at least one)");
    }
    files = List.copyOf(files);
  }

  /** A source whose bytes are those of one file. */
  public static SourceIdentity raw(Path path, FileIdentity identity) {
    return ofFile("raw", path, identity);
  }

  /**
   * A source that comes out of one file.
   *
   * @param format how the file is read
   */
  public static SourceIdentity ofFile(String format, Path path, FileIdentity identity) {
    return new SourceIdentity(format, List.of(new SourceFile(path, identity)));
  }

  /** A text that is different whenever any of the files is. */
  public String text() {
    return files.stream()
        .map(file -> file.identity().tag())
        .collect(Collectors.joining("/", format + ":", ""));
  }

  /** When the bytes of any of the files were changed last. */
  public Instant lastModified() {
    return files.stream()
        .map(file -> file.identity().modified().toInstant())
        .max(Instant::compareTo)
        .orElseThrow();
  }

  /**
   * The files that are in the same places now.
   *
   * @throws IOException when there is none in one of them
   */
  public SourceIdentity now() throws IOException {
    List<SourceFile> current = new ArrayList<>();
    for (SourceFile file : files) {
      current.add(new SourceFile(file.path(), FileIdentity.of(file.path())));
    }
    return new SourceIdentity(format, current);
  }

  /**
   * Looks at the files again.
   *
   * @throws IOException when one can no longer be looked at
   */
  public Standing standing() throws IOException {
    Standing standing = Standing.CURRENT;
    for (SourceFile file : files) {
      FileIdentity now;
      try {
        now = FileIdentity.of(file.path());
      } catch (NoSuchFileException gone) {
        standing = Standing.REPLACED;
        continue;
      }
      FileIdentity then = file.identity();
      if (!now.equals(then)) {
        boolean same = now.inode() == then.inode() && now.device() == then.device();
        if (same && !(now.size() == then.size() && now.modified().equals(then.modified()))) {
          return Standing.CHANGED;
        }
        standing = same ? Standing.TOUCHED : Standing.REPLACED;
      }
    }
    return standing;
  }
}
