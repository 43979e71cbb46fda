package io.sluice.server.images;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.qcow2.RefusedImageException;
import io.sluice.server.root.FileIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * What is to be known about what is served under {@code /images}: files, the disks they hold, and
 * the copies that are made of those. Makes nothing. Blocks on the file system.
 */
public final class ImageCatalogue {
  private static final List<DerivedFormat> COPIES =
      List.of(
          DerivedFormat.RAW_ZST,
          DerivedFormat.RAW_GZ,
          DerivedFormat.RAW_TAR_ZST,
          DerivedFormat.BMAP);
  private static final Set<String> FORMATS =
      Set.of("qcow2", "iso", "zst", "xz", "gz", "tar", "bz2");
  private static final String RAW = ".raw";

  /** Images that hold disks of which is kept how large they are; some 500 bytes each. */
  private static final int MOST_DISKS = 8 * 1024;

  private final ImageSources sources;
  private final ImageServices services;
  private final ImageVersions versions;

  /** What was opened before: a list of thousands opens none of them again. */
  private final LruCache<FileIdentity, Disk> disks = new LruCache<>(MOST_DISKS);

  /** Looks there. */
  public ImageCatalogue(ImageSources sources, ImageServices services, ImageVersions versions) {
    this.sources = sources;
    this.services = services;
    this.versions = versions;
  }

  /**
   * Something that is made of an image when it is asked for.
   *
   * @param size in bytes, if that is known without making it
   * @param sha256 if that is known
   */
  public record Copy(String name, OptionalLong size, Optional<String> sha256) {}

  /**
   * What is served under one name.
   *
   * @param file which it is, or is made from
   * @param format such as {@code qcow2}
   * @param size in bytes; empty for a copy that is not there yet
   * @param virtualSize size of the disk it is or holds, in bytes
   * @param sha256 if that is known
   * @param copies what is made from it
   * @param problem why the disk it holds will not be read
   * @param isFile whether the bytes that are served are those of the file
   */
  public record Entry(
      Path file,
      String format,
      OptionalLong size,
      OptionalLong virtualSize,
      Optional<String> sha256,
      List<Copy> copies,
      Optional<String> problem,
      boolean isFile) {}

  /** The format a name promises. */
  public static String format(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return extension.equals("raw") || extension.equals("img")
        ? "raw"
        : FORMATS.contains(extension) ? extension : "other";
  }

  /** What is served under a name, if anything is; block maps and digests are no images. */
  public Optional<Entry> find(String name) throws IOException {
    Optional<Found> file = sources.file(name);
    if (file.isPresent()) {
      return Optional.of(ofFile(name, file.get()));
    }
    Optional<DerivedName> derived =
        DerivedName.parse(name).filter(each -> each.isCopy() || each.form() == DerivedFormat.RAW);
    Optional<Found> disk = derived.isEmpty() ? Optional.empty() : sources.disk(derived.get().of());
    return disk.isEmpty() ? Optional.empty() : Optional.of(ofDisk(name, derived.get(), disk.get()));
  }

  /** The versions of images, and what machines install for them. */
  public ImageVersions versions() {
    return versions;
  }

  /** A disk, and how large it is, if that is known. */
  private record Disk(SourceIdentity identity, OptionalLong size) {}

  /** Makes nothing: what is in a compressed image may have to be found out later. */
  private Disk disk(Found found) throws IOException {
    if (found.isBytes() && found.isSettled()) {
      return new Disk(
          SourceIdentity.raw(found.path(), found.fileIdentity()),
          OptionalLong.of(found.fileSize()));
    }
    if (!found.isReady()) {
      return new Disk(found.identity(), found.virtualSize());
    }
    Optional<Disk> known = disks.find(found.fileIdentity());
    if (known.isPresent() && known.get().identity().standing() == SourceIdentity.Standing.CURRENT) {
      return known.get();
    }
    try (DiskSource open = found.open()) {
      Disk disk = new Disk(open.identity(), OptionalLong.of(open.size()));
      disks.put(found.fileIdentity(), disk);
      return disk;
    }
  }

  private Entry ofFile(String name, Found file) throws IOException {
    FileIdentity identity = FileIdentity.of(file.path());
    CacheKey key = BackgroundDigests.key(SourceIdentity.raw(file.path(), identity));
    Optional<Found> own = sources.own(name);
    Optional<Found> served = sources.served(name).filter(disk -> !disk.isBytes());
    OptionalLong virtualSize = OptionalLong.empty();
    List<Copy> copies = List.of();
    Optional<String> problem = Optional.empty();
    if (own.isPresent()) {
      try {
        Disk disk = disk(own.get());
        virtualSize = disk.size();
        copies = copies(name, own.get(), disk);
        key = served.isPresent() ? BackgroundDigests.key(disk.identity()) : key;
        problem = own.get().problem();
      } catch (IOException e) {
        problem = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    problem = problem.isPresent() ? problem : versions.problem(name);
    return new Entry(
        file.path(),
        own.isPresent() && !own.get().isBytes() ? own.get().format().label() : format(name),
        OptionalLong.of(identity.size()),
        virtualSize,
        known(key),
        copies,
        problem,
        served.isEmpty());
  }

  /** What is made of the disk of this file, and not of one that takes its place. */
  private List<Copy> copies(String name, Found own, Disk disk) throws IOException {
    String stem = SourceNames.stem(name).orElse(name);
    Optional<Found> served = sources.disk(stem + RAW);
    List<Copy> copies = new ArrayList<>();
    if (served.isEmpty() || !served.get().path().equals(own.path())) {
      return copies;
    }
    if (!name.equals(stem + RAW)) {
      copies.add(new Copy(stem + RAW, disk.size(), known(BackgroundDigests.key(disk.identity()))));
    }
    for (DerivedFormat form : COPIES) {
      String copy = form == DerivedFormat.BMAP ? stem + RAW + ".bmap" : stem + "." + form.label();
      if (!sources.isFile(copy)) {
        CacheKey key = services.recipes().key(disk.identity(), form, stem + RAW);
        copies.add(new Copy(copy, services.conversions().sizeOf(key), known(key.digestKey())));
      }
    }
    return copies;
  }

  private Entry ofDisk(String name, DerivedName derived, Found found) throws IOException {
    OptionalLong size = OptionalLong.empty();
    OptionalLong virtualSize = OptionalLong.empty();
    Optional<String> sha256 = Optional.empty();
    Optional<String> problem;
    try {
      Disk disk = disk(found);
      CacheKey key = services.recipes().key(disk.identity(), derived.form(), derived.of());
      boolean copy = derived.isCopy();
      size = copy ? services.conversions().sizeOf(key) : disk.size();
      virtualSize = disk.size();
      sha256 = known(copy ? key.digestKey() : BackgroundDigests.key(disk.identity()));
      problem = found.problem();
      problem = copy || problem.isPresent() ? problem : versions.problem(name);
    } catch (RefusedImageException e) {
      problem = Optional.of(String.valueOf(e.getMessage()));
    }
    return new Entry(
        found.path(), format(name), size, virtualSize, sha256, List.of(), problem, false);
  }

  private Optional<String> known(CacheKey key) {
    return services.digests().known(key);
  }

  /**
   * The SHA-256 of what is served under a name. One that is not known is computed at leisure, for
   * later requests; a disk that was not inflated yet is.
   */
  public Optional<String> digest(String name) throws IOException {
    Optional<Found> served = sources.served(name);
    Optional<DerivedName> derived =
        served.isPresent() ? Optional.empty() : DerivedName.parse(name).filter(DerivedName::isCopy);
    Optional<Found> found = derived.isEmpty() ? served : sources.disk(derived.get().of());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Disk disk;
    try {
      if (!found.get().isReady()) {
        found.get().begin();
        return known(BackgroundDigests.key(found.get().identity()));
      }
      disk = disk(found.get());
    } catch (RefusedImageException | RejectedExecutionException e) {
      return Optional.empty();
    }
    if (derived.isEmpty()) {
      return services
          .background()
          .ofDisk(disk.identity(), name, disk.size().orElse(0), found.get());
    }
    CacheKey key =
        services.recipes().key(disk.identity(), derived.get().form(), derived.get().of());
    return services.conversions().sizeOf(key).isPresent()
        ? services.background().ofEntry(key, name)
        : Optional.empty();
  }

  /** Whether the name is that of a copy, which an installer unpacks itself. */
  public static boolean isCopy(String name) {
    return DerivedName.parse(name).filter(DerivedName::isCopy).isPresent();
  }

  /** Whether what is served under a name is a disk, byte for byte. */
  public boolean isDisk(String name) {
    try {
      return installedDisk(name).isPresent();
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** A name without the extension that disks have. */
  public static String stem(String name) {
    return SourceNames.stem(name).orElse(name);
  }

  /** Whether two names are those of one disk, in whatever forms. */
  public boolean holdsSameDisk(String one, String other) throws IOException {
    Optional<Path> disk = installedDisk(one).map(Found::path);
    return disk.isPresent() && disk.equals(installedDisk(other).map(Found::path));
  }

  /** The disk that is served under a name, or that what is served there unpacks to. */
  private Optional<Found> installedDisk(String name) throws IOException {
    Optional<DerivedName> copy = DerivedName.parse(name).filter(DerivedName::isCopy);
    if (copy.isEmpty()) {
      return sources.served(versions.installed(name));
    }
    // A file with the name of a copy need not be one.
    Optional<Found> file = sources.file(name);
    return sources
        .disk(copy.get().of())
        .filter(disk -> file.isEmpty() || disk.path().equals(file.get().path()));
  }

  /**
   * The name of the disk that a copy unpacks to; empty when it is the copy of none that is there.
   */
  public Optional<String> unpacked(String copy) throws IOException {
    Optional<String> disk =
        DerivedName.parse(copy).filter(DerivedName::isCopy).map(DerivedName::of);
    return installedDisk(copy).isPresent() ? disk : Optional.empty();
  }

  /** Why an image cannot be installed; empty when nothing is known that would prevent it. */
  public Optional<String> problem(String name) throws IOException {
    Optional<Found> own = isCopy(name) ? Optional.empty() : sources.own(name);
    Optional<Found> disk =
        own.isPresent() ? own : DerivedName.parse(name).flatMap(this::diskOrNone);
    if (disk.isEmpty() || disk.get().isBytes()) {
      return Optional.empty();
    }
    try {
      Optional<String> damage = disk.get().problem();
      if (damage.isPresent()) {
        return damage;
      }
      disk(disk.get());
      return own.isPresent() && sources.rawName(own.get()).isEmpty()
          ? Optional.of(name + ": the names of its raw disk are those of other files")
          : Optional.empty();
    } catch (RefusedImageException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private Optional<Found> diskOrNone(DerivedName derived) {
    try {
      return sources.disk(derived.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
