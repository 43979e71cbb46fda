package io.sluice.server.images;

import io.sluice.server.derive.ContentFormat;
import io.sluice.server.derive.DiskContent;
import io.sluice.server.derive.DiskSource;
import io.sluice.server.derive.Qcow2Disk;
import io.sluice.server.derive.RawDisk;
import io.sluice.server.derive.ReplacedSourceException;
import io.sluice.server.derive.SourceIdentity;
import io.sluice.server.derive.SourceOpener;
import io.sluice.server.files.FileIdentity;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.files.Recent;
import io.sluice.server.files.ServedRoot;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds and opens the images of a root. What a file holds is told by its content, which is looked
 * at once for each state of a file. Blocks on the file system.
 */
public final class ImageSources {
  private static final String FOLDER = "images";
  private static final String RAW = ".raw";

  /** Files of which is kept what they hold; some 300 bytes each. */
  private static final int MOST_CONTENTS = 24 * 1024;

  private final ServedRoot root;
  private final Path boundary;
  private final OpenFiles openFiles;
  private final Clock clock;
  private final SourceNames names;
  private final Recent<FileIdentity, DiskContent> contents = new Recent<>(MOST_CONTENTS);

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
    this.names = new SourceNames(boundary.resolve(FOLDER), clock);
  }

  /** An image that was found, not opened yet. */
  final class Found {
    private final ServedRoot.Located file;
    private final ContentFormat format;
    private final Optional<Refusal> refusal;

    private Found(ServedRoot.Located file, ContentFormat format, Optional<Refusal> refusal) {
      this.file = file;
      this.format = format;
      this.refusal = refusal;
    }

    /** What the file is called, which is not what a link leads to. */
    String name() {
      return file.name();
    }

    Path path() {
      return file.path();
    }

    /** How the file is read. */
    ContentFormat format() {
      return format;
    }

    /** Whether its bytes are what is served. */
    boolean isBytes() {
      return format == ContentFormat.RAW && refusal.isEmpty();
    }

    /** Whether it will not be read, whatever stands in the rest of it. */
    boolean isRefused() {
      return refusal.isPresent();
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
     * @throws ReplacedSourceException when it has gone since it was found
     * @throws IOException when it cannot be read, or changes all the time
     */
    DiskSource open() throws RefusedImageException, IOException {
      if (refusal.isPresent()) {
        throw refusal.get().exception();
      }
      try {
        return format == ContentFormat.QCOW2 ? Qcow2Disk.open(path(), boundary, clock) : bytes();
      } catch (NoSuchFileException gone) {
        throw new ReplacedSourceException(name() + " is gone");
      }
    }

    private DiskSource bytes() throws IOException {
      OpenFiles.Opened opened = openFiles.open(path());
      if (!opened.settled()) {
        opened.file().release();
        throw new IOException(path() + ": is being changed");
      }
      return new RawDisk(
          opened.file().channel(),
          SourceIdentity.raw(path(), opened.identity()),
          opened.identity().size(),
          opened.file()::release);
    }
  }

  /**
   * Why an image is not read.
   *
   * @param found what it is
   */
  private record Refusal(String name, String found, String expected) {
    /** A format that QEMU reads. */
    static Refusal foreign(String name, DiskContent content) {
      String stem = SourceNames.stem(name).orElse(name);
      return new Refusal(
          name,
          content.format().name(),
          "QCOW2 or a raw disk; run in its folder: qemu-img convert "
              + (content.unmarked() ? "-f vpc " : "")
              + "-O qcow2 "
              + word(name)
              + " "
              + word(stem + ".qcow2"));
    }

    /** Something that is not what its name says and shows no sign of being a disk. */
    static Refusal misnamed(String name) {
      boolean qcow2 = name.toLowerCase(Locale.ROOT).contains(".qcow2");
      return new Refusal(
          name,
          "neither what its name says nor a disk with a partition table",
          qcow2 ? "a QCOW2 image" : "an image of that format");
    }

    /** A name as one word of a shell, and no option. */
    private static String word(String name) {
      String path = name.startsWith("-") ? "./" + name : name;
      return path.matches("[A-Za-z0-9._+@%:,=~/-]+")
          ? path
          : "'" + path.replace("'", "'\\''") + "'";
    }

    RefusedImageException exception() {
      return RefusedImageException.of(name, found, expected);
    }
  }

  /** Opens a file to send it as it is. */
  OpenFiles.Opened openFile(Found file) throws IOException {
    return openFiles.open(file.path());
  }

  /** Whether there is a file of this name. */
  boolean isFile(String name) throws IOException {
    return located(name).isPresent();
  }

  private Optional<ServedRoot.Located> located(String name) throws IOException {
    return root.find(List.of(FOLDER, name));
  }

  /**
   * What is served under a name that is neither that of a copy nor of a sidecar: the file of that
   * name, but under a name that ends with {@code .raw} always the disk.
   */
  Optional<Found> served(String name) throws IOException {
    return name.endsWith(RAW) ? disk(name) : file(name);
  }

  /**
   * The disk of a name that ends with {@code .raw}: that of the file of the name, if its content is
   * read; else of the first file that is read of those with the same stem; else of the file that
   * bears the stem itself as its name. When none of them is read, the first that is not.
   */
  Optional<Found> disk(String rawName) throws IOException {
    if (!rawName.endsWith(RAW)) {
      return Optional.empty();
    }
    Optional<Found> exact = own(rawName);
    if (exact.isPresent() && !exact.get().isRefused()) {
      return exact;
    }
    String stem = rawName.substring(0, rawName.length() - RAW.length());
    Optional<Found> refused = exact;
    for (String name : names.of(stem)) {
      Optional<Found> found = own(name);
      if (found.isPresent() && !found.get().isRefused()) {
        return found;
      }
      refused = refused.isPresent() ? refused : found;
    }
    Optional<Found> itself = own(stem);
    return itself.isPresent() && (refused.isEmpty() || !itself.get().isRefused())
        ? itself
        : refused;
  }

  /** The disk that a file of this name is or holds, whatever else could take its place. */
  Optional<Found> own(String name) throws IOException {
    if (SourceNames.stem(name).isEmpty() && !SourceNames.promisesBytes(name)) {
      return Optional.empty();
    }
    Optional<ServedRoot.Located> file = located(name);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Found found = holding(file.get());
    return !found.format().isCompressed()
        ? Optional.of(found)
        : Optional.of(bytes(file.get())).filter(bytes -> SourceNames.promisesBytes(name));
  }

  private Found holding(ServedRoot.Located file) throws IOException {
    DiskContent content = content(file);
    ContentFormat format = content.format();
    boolean misnamed =
        format == ContentFormat.RAW
            && !content.partitioned()
            && !SourceNames.promisesBytes(file.name());
    Optional<Refusal> refusal =
        format.isForeign()
            ? Optional.of(Refusal.foreign(file.name(), content))
            : misnamed ? Optional.of(Refusal.misnamed(file.name())) : Optional.empty();
    return new Found(file, format, refusal);
  }

  /** What a file holds, looked at once. */
  private DiskContent content(ServedRoot.Located file) throws IOException {
    Optional<DiskContent> known = contents.find(file.identity());
    if (known.isPresent()) {
      return known.get();
    }
    DiskContent content;
    try (FileChannel channel =
        FileChannel.open(file.path(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      content = DiskContent.of(channel);
    }
    boolean sure =
        !file.identity().mayChangeUnnoticed(clock.instant())
            && FileIdentity.of(file.path()).equals(file.identity());
    if (sure) {
      contents.put(file.identity(), content);
    }
    return content;
  }

  /** The bytes of a file that was found already. */
  Found raw(Path path, FileIdentity identity) {
    return bytes(new ServedRoot.Located(String.valueOf(path.getFileName()), path, identity));
  }

  /** The bytes of a file of this name, whatever they are. */
  Optional<Found> file(String name) throws IOException {
    return located(name).map(this::bytes);
  }

  private Found bytes(ServedRoot.Located file) {
    return new Found(file, ContentFormat.RAW, Optional.empty());
  }

  /** The name under which the raw disk of a file is served that is not the disk itself. */
  Optional<String> rawName(Found own) throws IOException {
    Optional<String> stem = SourceNames.stem(own.name());
    for (String candidate : List.of(stem.orElse(own.name()) + RAW, own.name() + RAW)) {
      Optional<Found> disk = disk(candidate);
      if (disk.isPresent() && disk.get().path().equals(own.path())) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
