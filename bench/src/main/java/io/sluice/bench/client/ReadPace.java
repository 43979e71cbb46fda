package io.sluice.bench.client;

import java.util.concurrent.TimeUnit;

/** How fast a machine can take what it is sent: a slow link, or a slow disk behind it. */
final class ReadPace {
  /** A reading that a late timer held up is made good for, up to this. */
  static final long CATCH_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final double nanosPerByte;
  private long freeAtNanos = Long.MIN_VALUE;

  /**
   * A pace.
   *
   * @param bytesPerSecond more than 0
   */
  ReadPace(long bytesPerSecond) {
    nanosPerByte = (double) TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
  }

  /**
   * Takes note of bytes that were read.
   *
   * @return how many nanoseconds the machine is busy with them before it can read on
   */
  long busyNanosAfter(int bytes, long nowNanos) {
    long from =
        freeAtNanos == Long.MIN_VALUE ? nowNanos : Math.max(freeAtNanos, nowNanos - CATCH_UP_NANOS);
    freeAtNanos = from + Math.round(bytes * nanosPerByte);
    return Math.max(0, freeAtNanos - nowNanos);
  }
}
