package io.sluice.server.schedule;

import java.util.concurrent.TimeUnit;

/** What a loop sent in all and in the last half of a second. Used on its loop only. */
final class SendRate {
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Where little is sent a machine that missed its turns still makes up for so much. */
  private static final long LEAST_MADE_UP_BYTES = 32L * 1024 * 1024;

  private long bytes;
  private long before;
  private long longBefore;
  private long begun;

  SendRate(long now) {
    begun = now;
  }

  void sent(long more, long now) {
    if (now - begun >= STEP_NANOS) {
      begun = now;
      longBefore = before;
      before = bytes;
    }
    bytes += more;
  }

  /** So much was sent since the loop began. */
  long bytes() {
    return bytes;
  }

  /** For so much a machine makes up that was not in the ring for a while, and for no more. */
  long mostMadeUpBytes() {
    return Math.max(LEAST_MADE_UP_BYTES, bytes - longBefore);
  }
}
