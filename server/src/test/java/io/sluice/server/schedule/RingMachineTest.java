package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.net.Receiver;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RingMachineTest {
  private static final long BEGUN = 7;
  private static final long MIB = 1024 * 1024;

  private final SendRate lately = new SendRate(BEGUN);
  private final RingMachine one = new RingMachine(new Receiver("one"), 0, lately, BEGUN);
  private final RingMachine many = new RingMachine(new Receiver("many"), 0, lately, BEGUN);

  RingMachineTest() {
    one.transfers = 1;
    many.transfers = 16;
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
    RingMachine late = new RingMachine(new Receiver("late"), 0, lately, now);
    late.transfers = 1;
    long then = now + TimeUnit.MILLISECONDS.toNanos(100);
    lately.sent(18 * MIB, then);
    late.sent(MIB, lately, 18, then);
    assertFalse(late.isSlow());
    assertEquals(MIB, late.sent);
  }
}
