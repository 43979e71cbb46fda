package io.sluice.server.schedule;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Offers the processor of a bulk loop to the loops that answer scripts, where there are fewer
 * processors than loops. Any thread that waits for a processor takes such an offer, also one that
 * would compute for as long as it is let, and since Linux 6.18 the offer is the whole time slice,
 * milliseconds for a turn that took microseconds. So when an offer took long and no control loop
 * came round meanwhile, there is none for as long. Used on one loop only.
 */
final class ControlLoopYield {
  /** Longer than a script needs the processor at a time. */
  private static final long LONG_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final LongSupplier answered;
  private final Ticker ticker;
  private final Runnable yield;
  private long noneUntil;

  /**
   * One that has offered nothing.
   *
   * @param answered grows as the loops that answer come round
   * @param yield lets others have the processor
   */
  ControlLoopYield(LongSupplier answered, Ticker ticker, Runnable yield) {
    this.answered = answered;
    this.ticker = ticker;
    this.yield = yield;
    noneUntil = ticker.nanoTime();
  }

  /** Between two turns. */
  void offer() {
    long begun = ticker.nanoTime();
    if (begun - noneUntil < 0) {
      return;
    }
    long before = answered.getAsLong();
    yield.run();
    long ended = ticker.nanoTime();
    if (ended - begun > LONG_NANOS && answered.getAsLong() == before) {
      noneUntil = ended + (ended - begun);
    }
  }
}
