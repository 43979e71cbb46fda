package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UnsentTest {
  private static final long MIB = 1024 * 1024;

  private final Unsent unsent = new Unsent(Transport.NIO, 128 * MIB);

  private int each(int transfers) {
    unsent.shareAmong(transfers);
    return unsent.each();
  }

  @Test
  void fewMayHoldAsMuchAsIsOfUseAndManyShareAndNoneHasTooLittle() {
    assertEquals(Unsent.MOST, unsent.each());
    assertEquals(Unsent.MOST, each(0));
    assertEquals(Unsent.MOST, each(512));
    assertEquals(Unsent.MOST / 2, each(513));
    assertEquals(Unsent.MOST / 2, each(1024));
    assertEquals(Unsent.LEAST, each(4096));
    assertEquals(Unsent.LEAST, each(100_000));
    assertEquals(Unsent.MOST, each(1));
  }

  @Test
  void allOfThisMachineIsSomethingSensible() {
    assertTrue(Unsent.ofThisMachine() >= MIB, "less than a MiB for all sockets");
  }
}
