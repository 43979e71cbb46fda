package io.sluice.server.schedule;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Offers the processor of a bulk loop to the loops that answer scripts, where there are fewer
 * processors than loops and they cannot just take it. Whoever waits for a processor takes such an
 * offer, also a thread that would compute for as long as it is let, and since Linux 6.18 the offer
 * is the whole time slice, milliseconds for a turn that took microseconds. So when an offer took
 * long and nobody answered anything meanwhile, there is none for as long. Used on one loop only.
 */
final class ControlLoopYield {
  /** Longer than a script needs the processor at a time. */
  private static final long LONG_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final BooleanSupplier theyTakeIt;
  private final LongSupplier answered;
  private final Ticker ticker;
  private final Runnable offer;
  private long noneUntil;

  /**
   * One that has offered nothing.
   *
   * @param theyTakeIt whether those who answer have the processor without an offer
   * @param answered grows as the loops that answer come round
   * @param offer lets others have the processor
   */
  ControlLoopYield(
      BooleanSupplier theyTakeIt, LongSupplier answered, Ticker ticker, Runnable offer) {
    this.theyTakeIt = theyTakeIt;
    this.answered = answered;
    this.ticker = ticker;
    this.offer = offer;
    noneUntil = ticker.nanoTime();
  }

  /** Between two turns. */
  void show() {
    if (theyTakeIt.getAsBoolean()) {
      return;
    }
    long begun = ticker.nanoTime();
    if (begun - noneUntil < 0) {
      return;
    }
    long before = answered.getAsLong();
    offer.run();
    long ended = ticker.nanoTime();
    if (ended - begun > LONG_NANOS && answered.getAsLong() == before) {
      noneUntil = ended + (ended - begun);
    }
  }
}
