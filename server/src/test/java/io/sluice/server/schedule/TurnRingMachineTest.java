package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TurnRingMachineTest {
  private static final long BEGUN = 7;
  private static final long MIB = 1024 * 1024;

  private final SendRate lately = new SendRate(BEGUN);
  private final TurnRing.Machine one = machine(1, BEGUN);
  private final TurnRing.Machine many = machine(16, BEGUN);

  private TurnRing.Machine machine(int transfers, long now) {
    TurnRing.Machine machine = new TurnRing.Machine();
    machine.begin(0, lately, now);
    machine.transfers = transfers;
    return machine;
  }

  /** After so many milliseconds each has been sent so much more. */
  private void sent(long millis, long toOne, long toMany) {
    long now = BEGUN + TimeUnit.MILLISECONDS.toNanos(millis);
    lately.sent(toMany, now);
    many.sent(toMany, lately, 17, now);
    lately.sent(toOne, now);
    one.sent(toOne, lately, 17, now);
  }

  @Test
  void whoTakesAsMuchForAConnectionAsTheOthersIsNotSlow() {
    sent(100, 3 * MIB, 16 * 5 * MIB);
    assertFalse(one.isSlow());
    assertFalse(many.isSlow());
  }

  @Test
  void whoTakesMuchLessForAConnectionIsSlow() {
    sent(100, 2 * MIB, 16 * 5 * MIB);
    assertTrue(one.isSlow());
  }

  @Test
  void nobodyIsSlowBeforeItIsKnown() {
    sent(99, 1, 16 * 5 * MIB);
    assertFalse(one.isSlow());
  }

  @Test
  void whoHasBecomeFasterIsNotSlowAnyMore() {
    sent(100, 1, 16 * 5 * MIB);
    assertTrue(one.isSlow());
    sent(200, 5 * MIB, 5 * MIB);
    assertFalse(one.isSlow());
  }

  @Test
  void whoCameLaterIsComparedWithWhatTheOthersTookSince() {
    sent(100, 0, 1000 * MIB);
    long now = BEGUN + TimeUnit.MILLISECONDS.toNanos(100);
    TurnRing.Machine late = machine(1, now);
    long then = now + TimeUnit.MILLISECONDS.toNanos(100);
    lately.sent(18 * MIB, then);
    late.sent(MIB, lately, 18, then);
    assertFalse(late.isSlow());
    assertEquals(MIB, late.sent);
  }
}
