package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PatienceTest {
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private long now = 5;
  private final Patience patience = new Patience(now);

  /**
   * For so long, so many megabytes a second are sent while it waits, and so many while not.
   *
   * @param idle the part of the time that is waited
   * @return the part of the time in which it waits
   */
  private double pass(double seconds, double waiting, double notWaiting, double idle) {
    long steps = (long) (seconds * 100);
    long patient = 0;
    for (long i = 0; i < steps; i++) {
      now += STEP_NANOS;
      boolean waits = patience.isWorthwhile();
      if (waits) {
        patience.idle((long) (STEP_NANOS * idle));
        patient++;
      }
      patience.sent((long) ((waits ? waiting : notWaiting) * 10_000), now);
    }
    return (double) patient / steps;
  }

  @Test
  void waitingThatTakesLittleTimeIsWorthwhile() {
    assertEquals(1, pass(100, 1000, 1500, 0.39));
  }

  @Test
  void waitingThatCostsNothingIsWorthwhileAndDoubtedNowAndThen() {
    double part = pass(100, 1000, 1100, 0.9);
    assertTrue(part > 0.9 && part < 1, "waits for " + part);
    assertTrue(patience.isWorthwhile());
  }

  @Test
  void waitingForWhoIsSlowByItselfIsNotAndTriedAgainNowAndThen() {
    pass(3, 400, 4000, 0.9);
    assertFalse(patience.isWorthwhile());
    double part = pass(100, 400, 4000, 0.9);
    assertTrue(part > 0 && part < 0.1, "waits for " + part);
  }

  @Test
  void itIsAgainWhenTheOthersHaveBecomeFaster() {
    pass(3, 400, 4000, 0.9);
    pass(30, 4000, 4000, 0.1);
    assertTrue(patience.isWorthwhile());
  }
}
