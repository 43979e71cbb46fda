package io.sluice.server.images;

import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.images.ImageSources.Found;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.qcow2.RefusedImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version of an image there is: the SHA-256 of the bytes that are served under its name. One
 * that is not known is computed as soon as possible, what has to be made for that is made. Blocks
 * on the file system, never for as long as that takes.
 */
public final class ImageVersions {
  /** How long it takes until what cannot be foreseen is looked at again. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private static final int MOST_FAILURES = 256;
  private static final String RAW = ".raw";

  private static final Logger LOG = LoggerFactory.getLogger(ImageVersions.class);

  private final ImageSources sources;
  private final ImageServices services;

  /**
   * Copies that are made for their digest. Each is held by one reader, so that {@link
   * io.sluice.server.derive.Conversions}, which make it once, do not give it up.
   */
  private final Set<CacheKey> made = ConcurrentHashMap.newKeySet();

  /** Why copies could not be made when that was tried last. */
  private final LruCache<CacheKey, String> unmade = new LruCache<>(MOST_FAILURES);

  /** What the log has been told. */
  private final LruCache<String, Boolean> told = new LruCache<>(MOST_FAILURES);

  /** Looks there. */
  public ImageVersions(ImageSources sources, ImageServices services) {
    this.sources = sources;
    this.services = services;
  }

  /**
   * What is known of a version.
   *
   * @param source the files its bytes come from, as they are; null when they cannot be read
   * @param sha256 of its bytes, empty when it is not known
   * @param left about how long until it is
   * @param problem why it will not be, in one line
   */
  public record Version(
      @Nullable SourceIdentity source,
      Optional<String> sha256,
      Duration left,
      Optional<String> problem) {
    private static Version none(String problem) {
      return new Version(null, Optional.empty(), Duration.ZERO, Optional.of(problem));
    }

    private static Version of(SourceIdentity source, String sha256) {
      return new Version(source, Optional.of(sha256), Duration.ZERO, Optional.empty());
    }

    private static Version later(SourceIdentity source, Duration left) {
      return new Version(source, Optional.empty(), left, Optional.empty());
    }
  }

  /** The version of what is served under a name. */
  public Version served(String name) {
    try {
      return served(name, sources.served(name));
    } catch (IOException e) {
      return unreadable(name, e);
    }
  }

  private Version served(String name, Optional<Found> served) throws IOException {
    if (served.isPresent()) {
      return ofFound(name, served.get());
    }
    Optional<DerivedName> copy = DerivedName.parse(name).filter(DerivedName::isCopy);
    Optional<Found> disk = copy.isPresent() ? sources.disk(copy.get().of()) : Optional.empty();
    return disk.isPresent()
        ? ofCopy(name, copy.get(), disk.get())
        : Version.none(name + ": no such image");
  }

  /** The version that a machine installs for an image, if what is said of it beside it is so. */
  public Version wanted(String image) throws IOException {
    String installed = installed(image);
    Version version = served(installed);
    Set<String> names = related(image, installed);
    if (version.source() != null) {
      version.source().files().stream()
          .map(file -> file.path().getFileName())
          .forEach(name -> names.add(name.toString()));
    }
    for (String name : names) {
      Optional<Claim> stated = version.problem().isEmpty() ? stated(name) : Optional.empty();
      if (stated.isPresent()) {
        Version described = described(name);
        version = described.sha256().isEmpty() ? described : version;
        Optional<String> untrue = described.sha256().flatMap(is -> untrue(name, stated.get(), is));
        version = untrue.isEmpty() ? version : Version.none(untrue.get());
      }
    }
    return version;
  }

  /**
   * The names beside which something may be said of the bytes that an image stands for: its own,
   * that of the file they come from, and that of the disk which this file is or holds.
   */
  private Set<String> related(String image, String installed) {
    Set<String> names = new LinkedHashSet<>(List.of(image, installed));
    try {
      Optional<Found> source = source(installed);
      if (source.isPresent()) {
        names.add(source.get().name());
        sources.rawName(source.get()).ifPresent(names::add);
      }
    } catch (IOException unreadable) {
      // Then there is no version of it either.
    }
    return names;
  }

  /**
   * Why what is said of an image, its source or its disk beside one of them is not so; empty when
   * it is, when nothing is said, or when a digest is not known yet, which is computed at leisure
   * then.
   */
  Optional<String> problem(String name) throws IOException {
    for (String each : related(name, name)) {
      Optional<String> problem = problemOf(each);
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private Optional<String> problemOf(String name) throws IOException {
    Optional<Claim> stated = stated(name);
    if (stated.isEmpty()) {
      return Optional.empty();
    }
    Optional<Found> file = sources.file(name);
    Optional<Found> found = file.isPresent() ? file : source(name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (!found.get().isReady()) {
        return Optional.empty();
      }
      try (DiskSource source = found.get().open()) {
        return services
            .background()
            .ofDisk(source.identity(), name, source.size(), found.get())
            .flatMap(is -> untrue(name, stated.get(), is));
      }
    } catch (RefusedImageException e) {
      return Optional.empty();
    }
  }

  /** What stands beside an image is about the file of its name, where there is one. */
  private Version described(String name) {
    try {
      Optional<Found> file = sources.file(name);
      return served(name, file.isPresent() ? file : sources.served(name));
    } catch (IOException e) {
      return unreadable(name, e);
    }
  }

  /**
   * What is said of an image beside it.
   *
   * @param older whether it may be about a file that was there before
   */
  private record Claim(String sha256, boolean older) {}

  private Optional<Claim> stated(String name) {
    try {
      Optional<Found> sidecar = sources.file(Sidecar.of(name));
      Optional<Found> file = sidecar.isEmpty() ? Optional.empty() : sources.file(name);
      Optional<Found> source = sidecar.isEmpty() || file.isPresent() ? file : source(name);
      if (source.isEmpty()) {
        return Optional.empty();
      }
      boolean older = Sidecar.isOlder(sidecar.get().path(), source.get().path());
      return sources.sidecar(sidecar.get()).digest(name).map(sha256 -> new Claim(sha256, older));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /**
   * Compares. What was untrue once stays so while the bytes are the same: a change of the file's
   * mode or links makes it younger than what stands beside it.
   */
  private Optional<String> untrue(String name, Claim stated, String is) {
    if (stated.sha256().equals(is)) {
      return Optional.empty();
    }
    String problem = Sidecar.of(name) + " says " + stated.sha256() + ", but " + name + " has " + is;
    Optional<Boolean> before = told.find(problem);
    boolean counts = !stated.older() || before.orElse(false);
    if (before.isEmpty() || (counts && !before.get())) {
      told.put(problem, counts);
      LOG.warn(
          "images/{}; {}",
          problem,
          counts ? "it is not installed" : "that is older than the file and does not count");
    }
    return counts ? Optional.of(problem) : Optional.empty();
  }

  /** Where what is served under a name comes from; empty when there is nothing. */
  Optional<Found> source(String name) throws IOException {
    Optional<Found> served = sources.served(name);
    return served.isPresent() ? served : sources.disk(base(name));
  }

  /** Where what a name is about comes from, as far as an installation of an image goes. */
  Optional<Found> origin(String name, String installed) throws IOException {
    String described = name;
    for (Optional<DerivedName> sidecar = DerivedName.parse(name);
        sidecar.isPresent() && !sidecar.get().isCopy() && !sidecar.get().of().equals(described);
        sidecar = DerivedName.parse(described)) {
      described = sidecar.get().of();
    }
    Optional<Found> found = source(described.equals(installed) ? installed : base(described));
    return found.isPresent() ? found : sources.disk(base(described) + RAW);
  }

  /**
   * The name under which is served what a machine writes to its disk when it installs an image: the
   * raw disk, where the image is a file that holds one without being it. The names of copies are
   * those of what an installer unpacks itself.
   */
  public String installed(String name) throws IOException {
    boolean copy = DerivedName.parse(name).filter(DerivedName::isCopy).isPresent();
    Optional<Found> own = copy ? Optional.empty() : sources.own(name);
    return own.isEmpty() || own.get().isBytes() ? name : sources.rawName(own.get()).orElse(name);
  }

  /** The disk that a name is about: without the endings of copies, maps and digests. */
  static String base(String name) {
    Optional<DerivedName> derived = DerivedName.parse(name);
    return derived.isEmpty() || derived.get().of().equals(name) ? name : base(derived.get().of());
  }

  /**
   * Takes in the digest of a file, if it is still there under its name.
   *
   * @param came what it was before it got its name
   */
  public void learn(String name, BasicFileAttributes came, String sha256) throws IOException {
    Optional<Found> file = sources.file(name);
    if (file.isEmpty()) {
      return;
    }
    try (DiskSource source = file.get().open()) {
      BasicFileAttributes is = Files.readAttributes(file.get().path(), BasicFileAttributes.class);
      boolean same =
          Objects.equals(is.fileKey(), came.fileKey())
              && is.size() == came.size()
              && is.lastModifiedTime().equals(came.lastModifiedTime());
      if (same && source.identity().standing() == SourceIdentity.Standing.CURRENT) {
        services.digests().learn(BackgroundDigests.key(source.identity()), sha256);
      }
    } catch (RefusedImageException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Has a compressed disk inflated, without which nothing is known of its bytes. */
  private static Version inflating(Found found) throws IOException {
    try {
      Optional<String> failure = found.failure();
      if (found.problem().isEmpty()) {
        found.begin();
      }
      return failure.isPresent()
          ? Version.none(failure.get())
          : Version.later(found.identity(), SOON);
    } catch (RejectedExecutionException full) {
      return Version.none(found.name() + ": too much is being made at the moment");
    }
  }

  private Version ofFound(String name, Found found) throws IOException {
    if (!found.isReady()) {
      // A disk that was inflated before has its digest still.
      SourceIdentity identity = found.identity();
      Optional<String> known = services.digests().known(BackgroundDigests.key(identity));
      return known.isPresent() ? Version.of(identity, known.get()) : inflating(found);
    }
    try (DiskSource source = found.open()) {
      return state(
          source.identity(),
          BackgroundDigests.subject(source.identity(), name, source.size(), found));
    }
  }

  private Version ofCopy(String name, DerivedName copy, Found disk) throws IOException {
    if (!disk.isReady()) {
      return inflating(disk);
    }
    try (DiskSource source = disk.open()) {
      SourceIdentity identity = source.identity();
      CacheKey key = services.recipes().key(identity, copy.form(), copy.of());
      Optional<String> known = services.digests().known(key.digestKey());
      if (known.isPresent() || services.conversions().sizeOf(key).isPresent()) {
        return state(identity, services.background().entry(key, name));
      }
      Optional<String> failure = make(key, copy, disk);
      return failure.isPresent()
          ? Version.none(name + ": " + failure.get())
          : Version.later(identity, SOON);
    }
  }

  private Version state(SourceIdentity source, Digests.Subject subject) {
    Optional<String> known = services.digests().known(subject.key());
    if (known.isPresent()) {
      return Version.of(source, known.get());
    }
    Optional<String> failure = services.digests().failure(subject.key());
    services.digests().hurry(subject);
    return failure.isPresent()
        ? Version.none(subject.name() + ": cannot be read (" + failure.get() + ")")
        : Version.later(source, services.digests().left(subject));
  }

  /** Has a copy made though no client reads it; says why it could not be made the last time. */
  private Optional<String> make(CacheKey key, DerivedName copy, Found disk) throws IOException {
    Optional<String> before = unmade.find(key);
    if (!made.add(key)) {
      return before;
    }
    boolean begun = false;
    try {
      Derived derived =
          services
              .conversions()
              .obtain(
                  key, copy.of(), disk.open(), services.recipes().recipe(copy.form(), copy.of()));
      derived
          .finished()
          .whenComplete(
              (any, failure) -> {
                if (failure != null) {
                  unmade.put(key, "cannot be made (" + failure.getMessage() + ")");
                }
                derived.close();
                made.remove(key);
              });
      begun = true;
    } catch (RejectedExecutionException full) {
      // Another copy is made first.
    } finally {
      if (!begun) {
        made.remove(key);
      }
    }
    return before;
  }

  private static Version unreadable(String name, IOException e) {
    if (e instanceof RefusedImageException) {
      return Version.none(String.valueOf(e.getMessage()));
    }
    if (e instanceof NoSuchFileException || e instanceof ReplacedSourceException) {
      return Version.none(name + ": no such image");
    }
    return Version.none(
        name
            + (e instanceof AccessDeniedException
                ? ": the server may not read it"
                : ": cannot be read at the moment (" + e.getMessage() + ")"));
  }
}
