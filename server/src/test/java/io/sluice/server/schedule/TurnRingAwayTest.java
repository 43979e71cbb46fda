package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.transfer.TransferPump;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A machine with one connection is away for a moment, and others are here, on a clock of ours. */
final class TurnRingAwayTest {
  private static final long TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(25);
  private static final long MIB = 1024 * 1024;

  private final MockTicker clock = Ticker.newMockTicker();
  private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(clock).build();
  private final TurnRing ring =
      new TurnRing(channel.eventLoop(), new EgressLimit(0), ControlLoopYieldTest.none());

  /** What is asked when time goes on: the tasks of a test have an end. */
  private final List<Runnable> goOn = new ArrayList<>();

  private long end;
  private final Machine many = new Machine(16);

  /** A machine whose client takes all it gets, or nothing any more for a while. */
  private final class Machine {
    private final TurnRing.Machine machine = new TurnRing.Machine();
    private final int transfers;
    private long left;
    private long sent;

    Machine(int transfers) {
      this.transfers = transfers;
      for (int i = 0; i < transfers; i++) {
        ring.begin(machine);
      }
    }

    /** It has room for so much more. */
    void read(long bytes) {
      left = bytes;
      for (int i = 0; i < transfers; i++) {
        ring.ask(machine, this::take);
      }
    }

    private long take(int most) {
      clock.advance(TURN_NANOS, TimeUnit.NANOSECONDS);
      long bytes = Math.min(Math.min(TransferPump.TURN_BYTES, most), left);
      sent += bytes;
      left -= bytes;
      if (left > 0 && clock.nanoTime() - end < 0) {
        ring.ask(machine, this::take);
      } else if (left > 0) {
        goOn.add(() -> ring.ask(machine, this::take));
      }
      return bytes;
    }
  }

  private void pass(long millis) {
    end = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Runnable> asking = List.copyOf(goOn);
    goOn.clear();
    asking.forEach(Runnable::run);
    while (clock.nanoTime() - end < 0) {
      channel.runPendingTasks();
      clock.advance(TURN_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** One that took so much before its socket was full. */
  private Machine oneThatTook(long bytes) {
    Machine one = new Machine(1);
    one.read(bytes);
    pass(1);
    assertEquals(bytes, one.sent);
    return one;
  }

  @Test
  void theLoopLooksAtItsSocketsAfterAMillisecondOfTurns() {
    end = Long.MAX_VALUE;
    many.read(1000 * MIB);
    channel.runPendingTasks();
    long nanos = many.sent / TransferPump.TURN_BYTES * TURN_NANOS;
    assertTrue(nanos > 0 && nanos <= TimeUnit.MILLISECONDS.toNanos(2), "after " + nanos);
  }

  @Test
  void whoHasMoreConnectionsDoesNotRunFarAheadOfWhoIsAwayForAMoment() {
    Machine one = oneThatTook(MIB);
    many.read(100 * MIB);
    pass(40);
    assertEquals(1 + 8, many.sent / MIB);
    one.read(8 * MIB);
    pass(20);
    assertEquals(9 * MIB, one.sent);
    assertTrue(many.sent >= 16 * MIB, "it goes on: " + many.sent);
  }

  @Test
  void nobodyWaitsForLong() {
    oneThatTook(MIB);
    many.read(100 * MIB);
    pass(49);
    assertEquals(1 + 8, many.sent / MIB);
    pass(40);
    assertEquals(100, many.sent / MIB);
  }

  @Test
  void whoHasOneConnectionWaitsForNobody() {
    oneThatTook(MIB);
    many.read(100 * MIB);
    Machine other = new Machine(1);
    other.read(100 * MIB);
    pass(40);
    assertEquals(100, other.sent / MIB);
    assertEquals(1 + 8, many.sent / MIB);
  }

  @Test
  void nobodyWaitsForWhoReadsSlowly() {
    Machine one = oneThatTook(MIB);
    many.read(Long.MAX_VALUE);
    for (int i = 0; i < 30; i++) {
      one.read(MIB / 16);
      pass(10);
    }
    long before = many.sent;
    one.read(MIB / 16);
    pass(100);
    long most = TimeUnit.MILLISECONDS.toNanos(100) / TURN_NANOS * TransferPump.TURN_BYTES;
    assertTrue(many.sent - before > most * 0.9, many.sent - before + " of " + most);
  }

  @Test
  void nobodyWaitsForWhoHasNoTransferAnyMore() {
    Machine one = oneThatTook(MIB);
    many.read(100 * MIB);
    pass(10);
    assertEquals(1 + 8, many.sent / MIB);
    ring.end(one.machine);
    pass(30);
    assertEquals(100, many.sent / MIB);
  }

  @Test
  void nobodyGoesOnWaitingForWhoIsSlowByItself() {
    Machine one = oneThatTook(MIB);
    many.read(Long.MAX_VALUE);
    long begun = clock.nanoTime();
    while (clock.nanoTime() - begun < TimeUnit.SECONDS.toNanos(10)) {
      pass(20);
      one.read(MIB);
    }
    // Each turn takes as long as this: without any waiting it were all of it.
    long most = TimeUnit.SECONDS.toNanos(10) / TURN_NANOS * TransferPump.TURN_BYTES;
    assertTrue(many.sent > most * 0.7, many.sent + " of " + most);
  }
}
