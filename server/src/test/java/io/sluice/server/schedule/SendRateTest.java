package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class SendRateTest {
  private static final long MIB = 1024 * 1024;

  private final SendRate lately = new SendRate(0);

  /** So many mebibytes in each of these hundredths of a second. */
  private void sent(int from, int to, long mib) {
    for (int i = from; i < to; i++) {
      lately.sent(mib * MIB, TimeUnit.MILLISECONDS.toNanos(10L * i));
    }
  }

  @Test
  void aMachineMakesUpForWhatTheLoopSentInTheLastQuarterToHalfOfASecond() {
    sent(0, 1000, 10);
    assertEquals(10_000 * MIB, lately.bytes());
    assertEquals(500 * MIB, lately.mostMadeUpBytes());
    sent(1000, 1001, 10);
    assertEquals(260 * MIB, lately.mostMadeUpBytes());
  }

  @Test
  void whereLittleIsSentItMakesUpForThatMuchAnyway() {
    sent(0, 1000, 0);
    assertEquals(32 * MIB, lately.mostMadeUpBytes());
    lately.sent(MIB, TimeUnit.MINUTES.toNanos(1));
    assertEquals(32 * MIB, lately.mostMadeUpBytes());
  }
}
