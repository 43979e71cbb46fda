package io.sluice.server.derive.fill;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.DerivedFormat;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceIdentity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The disks that are being inflated, each once however many clients read it. When the last reader
 * has gone, a disk is put aside in the cache with what is there of it, under its final name and
 * synced; the next reader goes on from there. What a crash leaves of a disk that was being read is
 * thrown away. (What is shared is a file from its first reader to its last, which a next reader may
 * open while it is put aside, and no result: so it is no {@code SharedWork}.)
 */
public final class FilledDisks {
  private final DerivedCache cache;
  private final Executor inflaters;
  private final Executor cleaners;
  private final Map<CacheKey, Shared> disks = new HashMap<>();

  /**
   * No disk is being inflated.
   *
   * @param inflaters where that happens, a chunk a task; may refuse tasks
   * @param cleaners puts disks aside
   */
  public FilledDisks(DerivedCache cache, Executor inflaters, Executor cleaners) {
    this.cache = cache;
    this.inflaters = inflaters;
    this.cleaners = cleaners;
  }

  /** The key of a disk. */
  public static CacheKey key(SourceIdentity source) {
    return CacheKey.of(source, DerivedFormat.RAW, "");
  }

  /**
   * Opens a disk, or shares it with its other readers. Blocks.
   *
   * @param source read from as long as the disk is open; closed when it is not needed
   * @param chunkBytes how much is inflated at a time, a multiple of the image's cluster size
   */
  public FilledDisk open(DiskSource source, int chunkBytes) throws IOException {
    CacheKey key = key(source.identity());
    Shared shared;
    synchronized (this) {
      shared = disks.computeIfAbsent(key, Shared::new);
      shared.readers++;
    }
    try {
      return new DiskReader(shared, shared.session(source, chunkBytes));
    } catch (IOException | RuntimeException e) {
      shared.leave();
      source.close();
      throw e;
    }
  }

  /** One disk. Its lock is held while it is opened or put aside, which blocks. */
  private final class Shared {
    private final CacheKey key;
    private int readers;
    private @Nullable FillingSession session;

    Shared(CacheKey key) {
      this.key = key;
    }

    synchronized FillingSession session(DiskSource source, int chunkBytes) throws IOException {
      FillingSession current = session;
      if (current == null) {
        current = FillingSession.begin(cache, key, source, chunkBytes, inflaters);
        session = current;
      } else {
        source.close();
      }
      return current;
    }

    void leave() {
      synchronized (FilledDisks.this) {
        readers--;
        if (readers > 0) {
          return;
        }
      }
      try {
        cleaners.execute(this::putAside);
      } catch (RejectedExecutionException full) {
        putAside();
      }
    }

    /** The next reader begins with what the cache has. */
    private synchronized void putAside() {
      synchronized (FilledDisks.this) {
        if (readers > 0) {
          return;
        }
      }
      if (session != null) {
        session.end();
        session = null;
      }
      synchronized (FilledDisks.this) {
        if (readers == 0) {
          disks.remove(key, this);
        }
      }
    }
  }

  private static final class DiskReader implements FilledDisk {
    private final Shared shared;
    private final FillingSession session;
    private final AtomicBoolean closed = new AtomicBoolean();

    DiskReader(Shared shared, FillingSession session) {
      this.shared = shared;
      this.session = session;
    }

    @Override
    public FillingFile file() {
      return session.file();
    }

    @Override
    public FileChannel open() throws IOException {
      return session.openForReading();
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        shared.leave();
      }
    }
  }
}
