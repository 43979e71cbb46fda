package io.sluice.server.images;

import io.sluice.server.derive.DiskSource;
import io.sluice.server.derive.Qcow2Disk;
import io.sluice.server.derive.RawDisk;
import io.sluice.server.derive.ReplacedSourceException;
import io.sluice.server.derive.SourceIdentity;
import io.sluice.server.derive.SourceOpener;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.files.ServedRoot;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Finds and opens the images of a root. Blocks on the file system. */
public final class ImageSources {
  private static final String FOLDER = "images";
  private static final String RAW = ".raw";
  private static final String QCOW2 = ".qcow2";

  private final ServedRoot root;
  private final Path boundary;
  private final OpenFiles openFiles;
  private final Clock clock;

  /**
   * Looks below a root.
   *
   * @param boundary the root's folder, which QCOW2 images may not lead out of
   */
  public ImageSources(ServedRoot root, Path boundary, OpenFiles openFiles, Clock clock) {
    this.root = root;
    this.boundary = boundary;
    this.openFiles = openFiles;
    this.clock = clock;
  }

  /** How a file is read. */
  private enum Format {
    /** Its bytes are the disk. */
    RAW,
    /** It holds a disk. */
    QCOW2
  }

  /** An image that was found, not opened yet. */
  final class Found {
    private final Path path;
    private final Format format;

    private Found(Path path, Format format) {
      this.path = path;
      this.format = format;
    }

    Path path() {
      return path;
    }

    /** Whether it holds a disk, and its bytes are not those of the disk. */
    boolean isQcow2() {
      return format == Format.QCOW2;
    }

    /** Opens what was found before, as it was then. */
    SourceOpener reopener(SourceIdentity expected) {
      return () -> {
        DiskSource source;
        try {
          source = open();
        } catch (RefusedImageException e) {
          throw new IOException(e.getMessage(), e);
        }
        if (source.identity().equals(expected)) {
          return source;
        }
        source.close();
        throw new ReplacedSourceException("replaced before its turn came");
      };
    }

    /**
     * Opens it in a state that is known for certain.
     *
     * @throws RefusedImageException when it is none that will be read
     * @throws IOException when it cannot be read, is gone, or changes all the time
     */
    DiskSource open() throws RefusedImageException, IOException {
      if (format == Format.QCOW2) {
        return Qcow2Disk.open(path, boundary, clock);
      }
      OpenFiles.Opened opened = openFiles.open(path);
      if (!opened.settled()) {
        opened.file().release();
        throw new IOException(path + ": is being changed");
      }
      return new RawDisk(
          opened.file().channel(),
          SourceIdentity.raw(path, opened.identity()),
          opened.identity().size(),
          opened.file()::release);
    }
  }

  /** Opens a file to send it as it is. */
  OpenFiles.Opened openFile(Found file) throws IOException {
    return openFiles.open(file.path());
  }

  /** Whether there is a file of this name. */
  boolean isFile(String name) throws IOException {
    return root.find(List.of(FOLDER, name)).isPresent();
  }

  /**
   * The disk of a name that ends with {@code .raw}: from that file, from the one that ends with
   * {@code .img} in its place, or from the QCOW2 image.
   */
  Optional<Found> disk(String rawName) throws IOException {
    if (!rawName.endsWith(RAW)) {
      return Optional.empty();
    }
    String stem = rawName.substring(0, rawName.length() - RAW.length());
    for (String name : List.of(rawName, stem + ".img")) {
      Optional<Found> raw = file(name);
      if (raw.isPresent()) {
        return raw;
      }
    }
    return root.find(List.of(FOLDER, stem + QCOW2))
        .map(located -> new Found(located.path(), Format.QCOW2));
  }

  /** The disk that a file of this name is or holds, whatever else could take its place. */
  Optional<Found> own(String name) throws IOException {
    return name.endsWith(QCOW2)
        ? root.find(List.of(FOLDER, name)).map(located -> new Found(located.path(), Format.QCOW2))
        : DerivedName.isDisk(name) ? file(name) : Optional.empty();
  }

  /** The bytes of a file that was found already. */
  Found raw(Path path) {
    return new Found(path, Format.RAW);
  }

  /** The bytes of a file of this name, whatever they are. */
  Optional<Found> file(String name) throws IOException {
    return root.find(List.of(FOLDER, name)).map(located -> new Found(located.path(), Format.RAW));
  }
}
