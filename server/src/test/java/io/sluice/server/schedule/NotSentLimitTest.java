package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NotSentLimitTest {
  private static final long MIB = 1024 * 1024;

  private final NotSentLimit unsent = new NotSentLimit(Transport.NIO, 128 * MIB);

  private int each(int transfers) {
    unsent.shareAmong(transfers);
    return unsent.each();
  }

  @Test
  void fewMayHoldAsMuchAsIsOfUseAndManyShareAndNoneHasTooLittle() {
    assertEquals(NotSentLimit.MOST, unsent.each());
    assertEquals(NotSentLimit.MOST, each(0));
    assertEquals(NotSentLimit.MOST, each(512));
    assertEquals(NotSentLimit.MOST / 2, each(513));
    assertEquals(NotSentLimit.MOST / 2, each(1024));
    assertEquals(NotSentLimit.LEAST, each(4096));
    assertEquals(NotSentLimit.LEAST, each(100_000));
    assertEquals(NotSentLimit.MOST, each(1));
  }

  @Test
  void allOfThisMachineIsSomethingSensible() {
    assertTrue(NotSentLimit.ofThisMachine() >= MIB, "less than a MiB for all sockets");
  }
}
