package io.sluice.server.images;

import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.InflatedDisks;
import io.sluice.server.derive.NotInflatedException;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.derive.source.DamagedSourceException;
import io.sluice.server.derive.source.DiskContent;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.NoRoomException;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.derive.source.RawDisk;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.derive.source.SourceOpener;
import io.sluice.server.files.OpenFiles;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.qcow2.RefusedImageException;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.root.HeldFile;
import io.sluice.server.root.ServedRoot;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
  private final OpenFiles openFiles;
  private final Clock clock;
  private final SourceNames names;
  private final InflatedDisks inflated;
  private final LruCache<FileIdentity, Content> contents = new LruCache<>(MOST_CONTENTS);

  /**
   * Looks below a root, which QCOW2 images may not lead out of.
   *
   * @param inflated the disks in compressed files
   */
  public ImageSources(ServedRoot root, OpenFiles openFiles, InflatedDisks inflated, Clock clock) {
    this.root = root;
    this.openFiles = openFiles;
    this.inflated = inflated;
    this.clock = clock;
    this.names = new SourceNames(root, FOLDER, clock);
  }

  /**
   * What a file holds.
   *
   * @param inside what a compressed file inflates to
   * @param problem why it cannot be said
   */
  private record Content(
      DiskContent outside, Optional<InflatedDisks.Look> inside, Optional<String> problem) {}

  /** An image that was found, not opened yet. */
  final class Found {
    private final ServedRoot.Located file;
    private final ContentFormat format;
    private final Optional<InflatedDisks.Look> inside;
    private final Optional<Refusal> refusal;

    private Found(
        ServedRoot.Located file,
        ContentFormat format,
        Optional<InflatedDisks.Look> inside,
        Optional<Refusal> refusal) {
      this.file = file;
      this.format = format;
      this.inside = inside;
      this.refusal = refusal;
    }

    /** What the file is called, which is not what a link leads to. */
    String name() {
      return file.name();
    }

    Path path() {
      return file.path();
    }

    /** Size of the file, in bytes, when it was found. */
    long fileSize() {
      return file.identity().size();
    }

    /** How the file is read. */
    ContentFormat format() {
      return format;
    }

    /** Whether its bytes are what is served. */
    boolean isBytes() {
      return format == ContentFormat.RAW && refusal.isEmpty();
    }

    /** Whether it has to be inflated to be read. */
    boolean isCompressed() {
      return inside.isPresent();
    }

    /** Whether it holds a disk that is mapped, and not bytes one after the other. */
    boolean isQcow2() {
      return format == ContentFormat.QCOW2
          || inside.filter(look -> look.inside().format() == ContentFormat.QCOW2).isPresent();
    }

    /** Whether it can be opened without inflating it first. */
    boolean isReady() throws IOException {
      return !isCompressed() || inflated.sizeOf(identity()).isPresent();
    }

    /** How large the disk is that a compressed file holds, as far as its beginning says. */
    OptionalLong virtualSize() {
      return inside.map(InflatedDisks.Look::virtualSize).orElse(OptionalLong.empty());
    }

    /** How many bytes a compressed file inflates to, where that is known. */
    OptionalLong length() {
      return inside.map(InflatedDisks.Look::length).orElse(OptionalLong.empty());
    }

    /** What the file was when it was found. */
    FileIdentity fileIdentity() {
      return file.identity();
    }

    /** Whether another change of the file would be noticed. */
    boolean isSettled() {
      return !file.identity().mayChangeUnnoticed(clock.instant());
    }

    /** What was found wrong with a compressed file when it was inflated. */
    Optional<String> problem() throws IOException {
      return isCompressed() ? inflated.problem(identity()) : Optional.empty();
    }

    /** Why a compressed file could not be inflated when that was tried last, for any reason. */
    Optional<String> failure() throws IOException {
      return isCompressed() ? inflated.failure(identity()) : Optional.empty();
    }

    /** The inflated bytes of a compressed file; has them made if they are not there. */
    Derived inflate() throws IOException {
      DiskSource compressed = compressed();
      return inflated.obtain(compressed, format, name(), length());
    }

    /** Has the bytes of a compressed file inflated, for later requests. */
    void begin() throws IOException {
      inflate().close();
    }

    /** Which files the disk is made of, in which state; opens no more than is needed for that. */
    SourceIdentity identity() throws IOException {
      try (DiskSource source = isCompressed() ? compressed() : open()) {
        return source.identity();
      }
    }

    private DiskSource compressed() throws IOException {
      if (refusal.isPresent()) {
        throw refusal.get().exception();
      }
      return bytes(format.label());
    }

    /** Whether it will not be read, whatever stands in the rest of it. */
    boolean isRefused() {
      return refusal.isPresent();
    }

    /** Opens what was found before, as it was then; inflates it first where that has to be. */
    SourceOpener reopener(SourceIdentity expected) {
      return () -> {
        DiskSource source;
        try {
          if (!isReady()) {
            inflated.make(compressed(), format, name(), length());
          }
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
     * @throws NotInflatedException when it has to be inflated first
     * @throws IOException when it cannot be read, or changes all the time
     */
    DiskSource open() throws IOException {
      if (refusal.isPresent()) {
        throw refusal.get().exception();
      }
      if (isCompressed()) {
        return openInflated();
      }
      try {
        return format == ContentFormat.QCOW2
            ? Qcow2Disk.open(path(), root, clock)
            : bytes(format.label());
      } catch (NoSuchFileException gone) {
        throw new ReplacedSourceException(name() + " is gone");
      }
    }

    private DiskSource openInflated() throws IOException {
      SourceIdentity identity = identity();
      Lease lease = inflated.find(identity).orElseThrow(() -> new NotInflatedException(name()));
      return InflatedDisks.open(
          identity, isQcow2() ? ContentFormat.QCOW2 : ContentFormat.RAW, lease);
    }

    private DiskSource bytes(String readAs) throws IOException {
      OpenFiles.Opened opened;
      try {
        opened = openFiles.open(root, path());
      } catch (NoSuchFileException gone) {
        throw new ReplacedSourceException(name() + " is gone");
      }
      if (!opened.settled()) {
        opened.file().release();
        throw new IOException(path() + ": is being changed");
      }
      return new RawDisk(
          opened.file().channel(),
          SourceIdentity.ofFile(readAs, path(), opened.identity()),
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
          "QCOW2 or a raw disk; run in its folder: " + content.advice(name, stem).orElse(""));
    }

    /** A format that QEMU reads, in a compressed file. */
    static Refusal foreignInside(String name, DiskContent content) {
      return new Refusal(
          name,
          "holds " + content.format().name(),
          "QCOW2 or a raw disk in it; inflate it, and run: qemu-img convert -O qcow2 ...");
    }

    /** A compressed file that does not begin as one. */
    static Refusal damaged(String name, String problem) {
      String what =
          problem.startsWith(name + ": ") ? problem.substring(name.length() + 2) : problem;
      return new Refusal(name, what, "a compressed file that is whole");
    }

    /** Something that is not what its name says and shows no sign of being a disk. */
    static Refusal misnamed(String name) {
      return new Refusal(
          name,
          "neither what its name says nor a disk",
          SourceNames.isQcow2(name) ? "a QCOW2 image" : "an image of that format");
    }

    RefusedImageException exception() {
      return RefusedImageException.of(name, found, expected);
    }
  }

  /** Opens a file to send it as it is. */
  OpenFiles.Opened openFile(Found file) throws IOException {
    return openFiles.open(root, file.path());
  }

  /** What a file says of others. */
  Sidecar sidecar(Found file) {
    return Sidecar.read(root, file.path());
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
    return Optional.of(holding(file.get()));
  }

  private Found holding(ServedRoot.Located file) throws IOException {
    Content content = content(file);
    ContentFormat format = content.outside().format();
    boolean promised = SourceNames.promisesBytes(file.name());
    if (!format.isCompressed()) {
      Optional<Refusal> refusal =
          format.isForeign()
              ? Optional.of(Refusal.foreign(file.name(), content.outside()))
              : format == ContentFormat.RAW && !promised && !isDisk(file.name(), content.outside())
                  ? Optional.of(Refusal.misnamed(file.name()))
                  : Optional.empty();
      return new Found(file, format, Optional.empty(), refusal);
    }
    Optional<DiskContent> inside = content.inside().map(InflatedDisks.Look::inside);
    boolean sure =
        inside.filter(d -> d.partitioned() || d.format() == ContentFormat.QCOW2).isPresent();
    if (promised && !sure) {
      // A compressed initrd.img is what it is.
      return bytes(file);
    }
    Optional<Refusal> refusal =
        inside.isEmpty()
            ? Optional.of(Refusal.damaged(file.name(), content.problem().orElse("damaged")))
            : inside
                .filter(disk -> disk.format().isForeign())
                .map(disk -> Refusal.foreignInside(file.name(), disk));
    return new Found(file, format, content.inside(), refusal);
  }

  /** Whether bytes are taken for a raw disk under a name that promises something around it. */
  private static boolean isDisk(String name, DiskContent content) {
    return content.partitioned() || (SourceNames.isQcow2(name) && content.sectors());
  }

  /** What a file holds, looked at once. */
  private Content content(ServedRoot.Located file) throws IOException {
    Optional<Content> known = contents.find(file.identity());
    if (known.isPresent()) {
      return known.get();
    }
    Content content;
    boolean same;
    try (HeldFile held = root.file(file.path());
        FileChannel channel = held.read()) {
      DiskContent outside = DiskContent.of(channel);
      content =
          outside.format().isCompressed()
              ? inside(file, outside, channel)
              : new Content(outside, Optional.empty(), Optional.empty());
      same = held.identity().equals(file.identity());
    }
    if (same && !file.identity().mayChangeUnnoticed(clock.instant())) {
      contents.put(file.identity(), content);
    }
    return content;
  }

  private Content inside(ServedRoot.Located file, DiskContent outside, FileChannel channel)
      throws IOException {
    DiskSource bytes =
        new RawDisk(
            channel,
            SourceIdentity.raw(file.path(), file.identity()),
            file.identity().size(),
            () -> {});
    try {
      return new Content(
          outside,
          Optional.of(inflated.look(bytes, outside.format(), file.name())),
          Optional.empty());
    } catch (DamagedSourceException | NoRoomException e) {
      return new Content(outside, Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
    }
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
    return new Found(file, ContentFormat.RAW, Optional.empty(), Optional.empty());
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
