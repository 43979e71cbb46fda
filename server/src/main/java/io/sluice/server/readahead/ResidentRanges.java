package io.sluice.server.readahead;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Which blocks of files are in memory, as far as is known: they were when they were last looked at,
 * that is not long ago, and not much has been read from disks since that could have pushed them
 * out. A table of fixed size; a block that loses its place in it is looked at again. Any thread.
 */
final class ResidentRanges {
  /** Places in the table, a power of two; 128 Ki blocks are 64 GiB of files. */
  private static final int PLACES = 1 << 17;

  /** A block is looked at again after this time: other programs use memory too. */
  private static final long TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** A page that has just been read is safe until so much of all memory has been read after it. */
  private static final int SHARE_OF_MEMORY = 16;

  private final AtomicLongArray keys = new AtomicLongArray(PLACES);
  private final AtomicLongArray times = new AtomicLongArray(PLACES);
  private final AtomicLongArray reads = new AtomicLongArray(PLACES);
  private final AtomicLong readBytes = new AtomicLong();
  private final long trustedBytes;
  private final LongSupplier nanoTime;

  /** Knows of nothing yet; see {@link ColdReads}. */
  ResidentRanges(long memory, LongSupplier nanoTime) {
    this.trustedBytes = memory / SHARE_OF_MEMORY;
    this.nanoTime = nanoTime;
  }

  boolean contains(int file, long block) {
    long key = key(file, block);
    int place = place(key);
    return keys.get(place) == key
        && nanoTime.getAsLong() - times.get(place) <= TRUSTED_NANOS
        && readBytes.get() - reads.get(place) <= trustedBytes;
  }

  void add(int file, long block) {
    long key = key(file, block);
    int place = place(key);
    times.set(place, nanoTime.getAsLong());
    reads.set(place, readBytes.get());
    keys.set(place, key);
  }

  /** So much was read from a disk, and as much of something else may have left memory. */
  void pushOut(long bytes) {
    readBytes.addAndGet(bytes);
  }

  private static long key(int file, long block) {
    return ((long) file << 32) ^ block;
  }

  private static int place(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 47) & (PLACES - 1);
  }
}
