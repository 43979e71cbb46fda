package io.sluice.bench.storm;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells a run that the operator wants it to end, and the operator's signal that it has. */
public final class StopSignal {
  private final CountDownLatch wanted = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Asks the run to end. */
  public void request() {
    wanted.countDown();
  }

  /** Whether the operator has asked the run to end. */
  public boolean requested() {
    return wanted.getCount() == 0;
  }

  /** The run has ended and written what it had to. */
  public void ended() {
    ended.countDown();
  }

  /** Waits for the run's end; false when it did not come in time. */
  public boolean awaitEnd(long seconds) throws InterruptedException {
    return ended.await(seconds, TimeUnit.SECONDS);
  }
}
