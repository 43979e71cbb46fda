package io.sluice.server.images;

import io.sluice.server.derive.Conversions;
import io.sluice.server.derive.Digests;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.RawDisk;
import io.sluice.server.derive.source.ReplacedSourceException;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.files.KnownDigests;
import io.sluice.server.keyed.LruCache;
import io.sluice.server.root.FileIdentity;
import io.sluice.server.transfer.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The digests of what is being sent: a file whose digest is not known when it is sent has it
 * computed at leisure, for later requests.
 */
public final class BackgroundDigests implements KnownDigests {
  /**
   * Files smaller than this, in bytes, are not noticed: there may be many of them, they change
   * often, and a digest that is kept takes up as much as they do.
   */
  private static final long LEAST_NOTICED = 64 * 1024;

  /** Keys of files kept; some 300 bytes each. */
  private static final int MOST_KEYS = 1024;

  private final Digests digests;
  private final Conversions conversions;
  private final ImageSources sources;

  /** A key takes a digest of its own to make, and the same files are asked for over and over. */
  private final LruCache<FileIdentity, CacheKey> keys = new LruCache<>(MOST_KEYS);

  /** Asks for digests there. */
  public BackgroundDigests(Digests digests, Conversions conversions, ImageSources sources) {
    this.digests = digests;
    this.conversions = conversions;
    this.sources = sources;
  }

  /** The key of the digest of a source's bytes. */
  static CacheKey key(SourceIdentity source) {
    return CacheKey.of(source, DerivedFormat.SHA256, "");
  }

  @Override
  public Optional<String> sha256(Path path, FileIdentity identity) {
    CacheKey key = keyOf(path, identity);
    if (identity.size() < LEAST_NOTICED) {
      return digests.known(key);
    }
    SourceIdentity source = SourceIdentity.raw(path, identity);
    String name = String.valueOf(path.getFileName());
    return knownOrNoticed(
        new Digests.Subject(
            key, name, identity.size(), sources.raw(path, identity).reopener(source)));
  }

  private CacheKey keyOf(Path path, FileIdentity identity) {
    Optional<CacheKey> made = keys.find(identity);
    if (made.isPresent()) {
      return made.get();
    }
    CacheKey key = key(SourceIdentity.raw(path, identity));
    keys.put(identity, key);
    return key;
  }

  /**
   * The digest of the disk that an image holds.
   *
   * @param size of the disk in bytes
   */
  Optional<String> ofDisk(SourceIdentity source, String name, long size, ImageSources.Found image) {
    return knownOrNoticed(subject(source, name, size, image));
  }

  /** The digest of a cache entry, by the name it is served under. */
  Optional<String> ofEntry(CacheKey key, String name) {
    return knownOrNoticed(entry(key, name));
  }

  /** What the digest of a disk, or of a file, is computed of. */
  static Digests.Subject subject(
      SourceIdentity source, String name, long size, ImageSources.Found image) {
    return new Digests.Subject(key(source), name, size, image.reopener(source));
  }

  /** What the digest of a cache entry is computed of. */
  Digests.Subject entry(CacheKey key, String name) {
    long size = conversions.sizeOf(key).orElse(0);
    return new Digests.Subject(key.digestKey(), name, size, () -> open(key));
  }

  private Optional<String> knownOrNoticed(Digests.Subject subject) {
    Optional<String> known = digests.known(subject.key());
    if (known.isEmpty()) {
      digests.notice(subject);
    }
    return known;
  }

  /** A cache entry as a source of its own. Blocks. */
  private DiskSource open(CacheKey key) throws IOException {
    Lease lease =
        conversions
            .find(key)
            .orElseThrow(() -> new ReplacedSourceException("evicted before its turn came"));
    try {
      FileIdentity identity = FileIdentity.of(lease.file());
      FileChannel channel = FileChannel.open(lease.file(), StandardOpenOption.READ);
      OpenFile file = new OpenFile(channel, closed -> lease.close());
      return new RawDisk(
          channel, SourceIdentity.raw(lease.file(), identity), lease.size(), file::release);
    } catch (IOException e) {
      lease.close();
      throw e;
    }
  }
}
