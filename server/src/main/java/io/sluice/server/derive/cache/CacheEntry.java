package io.sluice.server.derive.cache;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/** One file of the cache. Guarded by the cache, but for its uses. */
final class CacheEntry {
  final Path file;
  final long size;
  final long charge;
  final AtomicInteger uses = new AtomicInteger();
  Instant stamped;

  /** A file of a size that takes up so many bytes: fewer than its size when it has holes. */
  CacheEntry(Path file, long size, long charge, Instant stamped) {
    this.file = file;
    this.size = size;
    this.charge = charge;
    this.stamped = stamped;
  }
}
