package io.sluice.server.http.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.server.keyed.ByteBudget;
import org.junit.jupiter.api.Test;

class RecordMeterTest {
  private static final int LENGTH = 16_000;

  private final ByteBudget budget = new ByteBudget(20_000, () -> {});
  private final ConnectionMemory memory = new ConnectionMemory(budget, () -> {});
  private final EmbeddedChannel channel = new EmbeddedChannel(new RecordMeter(memory));

  private void send(byte[] all, int from, int to) {
    channel.writeInbound(Unpooled.copiedBuffer(all, from, to - from));
    ByteBuf passedOn = channel.readInbound();
    passedOn.release();
  }

  private static byte[] record() {
    byte[] record = new byte[5 + LENGTH];
    record[0] = 23;
    record[1] = 3;
    record[2] = 3;
    record[3] = (byte) (LENGTH >> 8);
    record[4] = (byte) LENGTH;
    return record;
  }

  @Test
  void aRecordCountsUntilItHasComeInFullHoweverItIsCut() {
    byte[] record = record();
    for (int cut = 1; cut <= 7; cut++) {
      send(record, 0, cut);
      send(record, cut, 12_000);
      assertEquals(12_000 - ConnectionMemory.FREE, budget.used());
      send(record, 12_000, record.length);
      assertEquals(0, budget.used());
    }
  }

  @Test
  void aConnectionForWhoseRecordThereIsNoRoomIsClosed() {
    ConnectionMemory other = new ConnectionMemory(budget, () -> {});
    assertTrue(other.request(14_000));
    byte[] record = record();
    channel.writeInbound(Unpooled.copiedBuffer(record, 0, 15_000));
    assertFalse(channel.isOpen());
  }
}
