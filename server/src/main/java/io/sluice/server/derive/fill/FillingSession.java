package io.sluice.server.derive.fill;

import io.sluice.server.derive.cache.CacheKey;
import io.sluice.server.derive.cache.DerivedCache;
import io.sluice.server.derive.cache.Draft;
import io.sluice.server.derive.cache.FilledMap;
import io.sluice.server.derive.source.DiskSource;
import io.sluice.server.derive.source.SourceIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A disk that is being inflated, from its first reader to its last. */
final class FillingSession {
  private static final Logger LOG = LoggerFactory.getLogger(FillingSession.class);

  private final DiskSource source;
  private final Draft draft;
  private final FilledMap map;
  private final FillingFile file;

  /** Held for reading by threads that inflate, for writing by the one that ends it. */
  private final ReadWriteLock inUse = new ReentrantReadWriteLock();

  private boolean ended;

  private FillingSession(DiskSource source, Draft draft, FilledMap map, Executor inflaters) {
    this.source = source;
    this.draft = draft;
    this.map = map;
    file = new FillingFile(map, this::inflate, this::store, inflaters);
  }

  /** Goes on with what the cache has of a disk, or begins anew. Blocks. */
  static FillingSession begin(
      DerivedCache cache, CacheKey key, DiskSource source, int chunkBytes, Executor inflaters)
      throws IOException {
    int chunk = FillingFile.chunkFor(source.size(), chunkBytes);
    Optional<Draft> kept = cache.reopen(key);
    if (kept.isPresent()) {
      Optional<FilledMap> map = mapOf(kept.get(), source.size(), chunk);
      if (map.isPresent()) {
        return new FillingSession(source, kept.get(), map.get(), inflaters);
      }
    }
    FilledMap nothing = new FilledMap(source.size(), chunk);
    return new FillingSession(source, cache.draft(key), nothing, inflaters);
  }

  /** What is there of a disk that was put aside; the draft is closed when that is of no use. */
  private static Optional<FilledMap> mapOf(Draft draft, long size, int chunk) throws IOException {
    Optional<FilledMap> map = Optional.empty();
    try {
      map = draft.filledMap().filter(found -> found.isOf(size, chunk));
      if (map.isPresent()) {
        draft.truncate(size);
        draft.unreserve(map.get().encoded().remaining());
      }
      return map;
    } finally {
      if (map.isEmpty()) {
        draft.close();
      }
    }
  }

  FillingFile file() {
    return file;
  }

  FileChannel openForReading() throws IOException {
    return draft.openForReading();
  }

  private void inflate(long offset, ByteBuffer into) throws IOException {
    inUse.readLock().lock();
    try {
      checkOpen();
      source.read(offset, into);
    } finally {
      inUse.readLock().unlock();
    }
  }

  private void store(long offset, ByteBuffer bytes) throws IOException {
    inUse.readLock().lock();
    try {
      checkOpen();
      int count = bytes.remaining();
      draft.reserve(count);
      boolean written = false;
      try {
        draft.write(offset, bytes);
        written = true;
      } finally {
        if (!written) {
          draft.unreserve(count);
        }
      }
    } finally {
      inUse.readLock().unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (ended) {
      throw new IOException("the disk has no readers any more");
    }
  }

  /** It has no readers any more: what is there is put aside, if it is still of use. Blocks. */
  void end() {
    inUse.writeLock().lock();
    try (source;
        draft) {
      ended = true;
      if (map.count() > 0 && source.identity().standing() == SourceIdentity.Standing.CURRENT) {
        ByteBuffer text = map.encoded();
        draft.reserve(text.remaining());
        draft.write(source.size(), text);
        draft.publish().close();
      }
    } catch (ClosedByInterruptException serverEnds) {
      LOG.debug("an inflated disk is not kept: the server ends");
    } catch (IOException e) {
      LOG.warn("an inflated disk is not kept: {}", e.toString());
    } finally {
      inUse.writeLock().unlock();
    }
  }
}
