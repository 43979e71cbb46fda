package io.sluice.server.readahead;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ResidentRangesTest {
  private static final long MEMORY = 16_000;

  private final AtomicLong now = new AtomicLong(-5);
  private final ResidentRanges warm = new ResidentRanges(MEMORY, now::get);

  @Test
  void nothingIsKnownAtFirst() {
    assertFalse(warm.contains(0x12345678, 0));
    assertFalse(warm.contains(1, 1));
  }

  @Test
  void aBlockOfAFileIsNoBlockOfAnother() {
    warm.add(-7, 3);
    assertTrue(warm.contains(-7, 3));
    assertFalse(warm.contains(-7, 4));
    assertFalse(warm.contains(7, 3));
    assertFalse(warm.contains(-6, 3));
  }

  @Test
  void trustEndsWithTimeAndBeginsAnewWithALook() {
    warm.add(1, 1);
    now.addAndGet(TimeUnit.SECONDS.toNanos(20));
    assertTrue(warm.contains(1, 1));
    now.addAndGet(1);
    assertFalse(warm.contains(1, 1));
    warm.add(1, 1);
    assertTrue(warm.contains(1, 1));
  }

  @Test
  void trustEndsWhenASixteenthOfAllMemoryHasBeenReadSince() {
    warm.add(1, 1);
    warm.pushOut(600);
    warm.add(1, 2);
    warm.pushOut(400);
    assertTrue(warm.contains(1, 1));
    warm.pushOut(1);
    assertFalse(warm.contains(1, 1));
    assertTrue(warm.contains(1, 2), "that was looked at later");
    warm.add(1, 1);
    assertTrue(warm.contains(1, 1));
  }

  @Test
  void aTableThatIsFullForgetsButIsNeverWrong() {
    for (long block = 0; block < 400_000; block++) {
      warm.add(42, block);
      assertTrue(warm.contains(42, block));
    }
    long known = 0;
    for (long block = 0; block < 400_000; block++) {
      known += warm.contains(42, block) ? 1 : 0;
      assertFalse(warm.contains(43, block));
    }
    assertTrue(known > 100_000 && known <= 1 << 17, "spread well: " + known);
  }
}
