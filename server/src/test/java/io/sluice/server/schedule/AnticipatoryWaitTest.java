package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class AnticipatoryWaitTest {
  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private long now = 5;
  private final AnticipatoryWait patience = new AnticipatoryWait(now);

  /** What a loop sends in megabytes a second. */
  private record Rates(double awaited, double heldBack) {}

  /** Two machines with one link: the one has little of it until the other waits. */
  private static final Rates HALF_EACH = new Rates(500, 500);

  private static final Rates ONE_OF_SEVENTEEN = new Rates(60, 940);

  /** One that is slow by itself has no more when the other waits. */
  private static final Rates SLOW_AND_WAITING = new Rates(60, 60);

  /**
   * For so long it is sent so much.
   *
   * @param idle the part of the time that is waited
   * @return the part of the time in which it waits
   */
  private double pass(double seconds, Rates waiting, Rates notWaiting, double idle) {
    long steps = (long) (seconds * 100);
    long patient = 0;
    for (long i = 0; i < steps; i++) {
      now += STEP_NANOS;
      boolean waits = patience.isWorthwhile();
      if (waits) {
        patience.idle((long) (STEP_NANOS * idle));
        patient++;
      }
      Rates rates = waits ? waiting : notWaiting;
      patience.sent((long) (rates.awaited * 10_000), false, now);
      patience.sent((long) (rates.heldBack * 10_000), true, now);
    }
    return (double) patient / steps;
  }

  @Test
  void waitingThatTakesLittleTimeIsWorthwhile() {
    assertEquals(1, pass(100, SLOW_AND_WAITING, ONE_OF_SEVENTEEN, 0.09));
  }

  @Test
  void waitingThatLetsTheOneHaveMoreIsWorthwhileAndDoubtedNowAndThen() {
    double part = pass(100, HALF_EACH, ONE_OF_SEVENTEEN, 0.9);
    assertTrue(part > 0.95 && part < 1, "waits for " + part);
    assertTrue(patience.isWorthwhile());
  }

  @Test
  void waitingMayCostSomeOfWhatIsSentInAll() {
    pass(100, new Rates(300, 300), ONE_OF_SEVENTEEN, 0.9);
    assertTrue(patience.isWorthwhile());
  }

  @Test
  void waitingForWhoIsSlowByItselfIsNotAndTriedAgainNowAndThen() {
    pass(1, SLOW_AND_WAITING, ONE_OF_SEVENTEEN, 0.9);
    assertFalse(patience.isWorthwhile());
    double part = pass(100, SLOW_AND_WAITING, ONE_OF_SEVENTEEN, 0.9);
    assertTrue(part > 0 && part < 0.05, "waits for " + part);
  }

  @Test
  void whoComesInAMomentIsNotTakenForSlow() {
    // In its first window the one came late, and had hardly more than it has when nobody waits.
    pass(0.15, new Rates(100, 400), ONE_OF_SEVENTEEN, 0.2);
    double part = pass(1, HALF_EACH, ONE_OF_SEVENTEEN, 0.9);
    assertTrue(part > 0.8, "waits for " + part);
    assertTrue(patience.isWorthwhile());
  }

  @Test
  void itIsAgainWhenTheOneHasBecomeFaster() {
    pass(1, SLOW_AND_WAITING, ONE_OF_SEVENTEEN, 0.9);
    pass(30, HALF_EACH, ONE_OF_SEVENTEEN, 0.05);
    assertTrue(patience.isWorthwhile());
  }
}
