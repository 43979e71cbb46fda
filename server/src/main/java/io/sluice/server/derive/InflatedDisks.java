package io.sluice.server.derive;

import io.sluice.server.derive.Conversions.Derived;
import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache.Lease;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.format.InflatedCopy;
import io.sluice.server.derive.format.Recipe;
import io.sluice.server.derive.source.ContentFormat;
import io.sluice.server.derive.source.DamagedSourceException;
import io.sluice.server.derive.source.DiskContent;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.Inflater;
import io.sluice.server.derive.source.Qcow2Disk;
import io.sluice.server.derive.source.RawDisk;
import io.sluice.server.derive.source.SourceIdentity;
import io.sluice.server.keyed.LruCache;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The disks that are in compressed files: each is inflated once, into the cache, to its end however
 * many of the clients go that asked for it. What is found to be damaged is not tried again.
 */
public final class InflatedDisks {
  private static final int MOST_PROBLEMS = 1024;

  /** The dictionary of {@code xz -9} is 64 MiB, two are inflated at once. */
  private static final int HEAP_SHARE_PERCENT = 40;

  /** How much of the inflated bytes is looked at to know what they are. */
  private static final int LOOK_BYTES = 512;

  private final Conversions conversions;
  private final int memoryKib;
  private final LruCache<CacheKey, Failure> failures = new LruCache<>(MOST_PROBLEMS);

  /** Why something could not be inflated, and whether that is because of what it is. */
  private record Failure(String message, boolean lasting) {}

  /**
   * Nothing is being inflated.
   *
   * @param heapBytes how large the heap may become
   */
  public InflatedDisks(Conversions conversions, long heapBytes) {
    this.conversions = conversions;
    this.memoryKib = memoryKib(heapBytes);
  }

  static int memoryKib(long heapBytes) {
    return (int) Math.min(Integer.MAX_VALUE, heapBytes / 100 * HEAP_SHARE_PERCENT / 1024);
  }

  /**
   * What is in a compressed file.
   *
   * @param inside what its first bytes are
   * @param length how many bytes there are, where the format says so
   * @param virtualSize size of the disk that they are or hold, in bytes, as far as it is said
   */
  public record Look(DiskContent inside, OptionalLong length, OptionalLong virtualSize) {}

  /**
   * Looks into a file, at its first bytes and its index. Blocks.
   *
   * @throws DamagedSourceException when there are none
   */
  public Look look(DiskSource file, ContentFormat format, String name) throws IOException {
    return look(file, format, name, memoryKib);
  }

  static Look look(DiskSource file, ContentFormat format, String name, int memoryKib)
      throws IOException {
    byte[] bytes = new byte[LOOK_BYTES];
    try (Inflater inflater = new Inflater(file, format, name, memoryKib)) {
      ByteBuffer head = ByteBuffer.wrap(bytes, 0, inflater.read(bytes));
      DiskContent inside = DiskContent.ofBeginning(head);
      OptionalLong length = Inflater.length(file, format);
      OptionalLong virtualSize =
          inside.format() == ContentFormat.RAW ? length : DiskContent.virtualSize(head);
      return new Look(inside, length, virtualSize);
    }
  }

  /** The key of what a file inflates to. */
  public static CacheKey key(SourceIdentity source) {
    return CacheKey.of(source, DerivedFormat.INFLATED, "");
  }

  /** What was found wrong with a file when it was inflated. */
  public Optional<String> problem(SourceIdentity source) {
    return failures.find(key(source)).filter(Failure::lasting).map(Failure::message);
  }

  /** Why a file could not be inflated when that was tried last, though it may be now. */
  public Optional<String> failure(SourceIdentity source) {
    return failures.find(key(source)).map(Failure::message);
  }

  /** An inflated disk, if it is there. */
  public Optional<Lease> find(SourceIdentity source) {
    return conversions.find(key(source));
  }

  /** How large an inflated disk is, if it is there. */
  public OptionalLong sizeOf(SourceIdentity source) {
    return conversions.sizeOf(key(source));
  }

  /**
   * An inflated disk: from the cache, while it is inflated, or begun now. Blocks on the file
   * system.
   *
   * @param source the bytes of the file; closed when they are not needed any more
   * @throws DamagedSourceException when it is known to be damaged
   */
  public Derived obtain(DiskSource source, ContentFormat format, String name, OptionalLong length)
      throws DamagedSourceException {
    CacheKey key = key(source.identity());
    Optional<String> problem = problem(source.identity());
    if (problem.isPresent()) {
      source.close();
      throw new DamagedSourceException(problem.get());
    }
    Derived derived =
        conversions.obtain(
            key, name, source, new Noted(new InflatedCopy(format, name, length, memoryKib), key));
    derived.finished().whenComplete((done, failure) -> note(key, failure));
    return derived;
  }

  /**
   * Notes damage before anybody hears of it: a request that follows the answer of another has to
   * find it.
   */
  private final class Noted implements Recipe {
    private final InflatedCopy copy;
    private final CacheKey key;

    Noted(InflatedCopy copy, CacheKey key) {
      this.copy = copy;
      this.key = key;
    }

    @Override
    public void make(DiskSource source, Output output) throws IOException {
      try {
        copy.make(source, output);
      } catch (DamagedSourceException damage) {
        note(key, damage);
        throw damage;
      }
    }

    @Override
    public boolean goesOnUnattended() {
      return copy.goesOnUnattended();
    }
  }

  private void note(CacheKey key, @Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause != null) {
      boolean lasting = cause instanceof DamagedSourceException;
      failures.put(key, new Failure(String.valueOf(cause.getMessage()), lasting));
    }
  }

  /**
   * Has a disk inflated, if it is not, and waits for that. Blocks for as long as it takes.
   *
   * @param source closed when it is not needed any more
   */
  public void make(DiskSource source, ContentFormat format, String name, OptionalLong length)
      throws IOException {
    try (Derived derived = obtain(source, format, name, length)) {
      derived.finished().toCompletableFuture().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    }
  }

  /**
   * Opens an inflated disk. Blocks.
   *
   * @param source the identity of the compressed file, which is that of the disk
   * @param inside RAW, or QCOW2, which then may lean on no other file
   * @param lease given back when the disk is closed
   */
  public static DiskSource open(SourceIdentity source, ContentFormat inside, Lease lease)
      throws IOException {
    boolean opened = false;
    try {
      DiskSource disk =
          inside == ContentFormat.QCOW2
              ? Qcow2Disk.openAlone(lease.file(), source, lease::close)
              : raw(source, lease);
      opened = true;
      return disk;
    } finally {
      if (!opened) {
        lease.close();
      }
    }
  }

  private static DiskSource raw(SourceIdentity source, Lease lease) throws IOException {
    FileChannel channel = FileChannel.open(lease.file(), StandardOpenOption.READ);
    return new RawDisk(
        channel,
        source,
        lease.size(),
        () -> {
          try (lease) {
            channel.close();
          } catch (IOException e) {
            throw new UncheckedIOException("closing a file that was only read", e);
          }
        });
  }
}
