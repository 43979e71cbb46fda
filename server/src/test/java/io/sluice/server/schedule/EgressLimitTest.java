package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.transfer.TransferPump;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The limit together with the rings that keep to it, on a clock that is moved by hand. */
class EgressLimitTest {
  private static final long RATE = 100_000_000;
  private static final int SECONDS = 2;
  private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final MockTicker clock = Ticker.newMockTicker();
  private final List<Loop> loops = new ArrayList<>();
  private EgressLimit limit = new EgressLimit(RATE);

  private final class Loop {
    private final EmbeddedChannel channel = EmbeddedChannel.builder().ticker(clock).build();
    private final Map<String, TurnRing.Machine> machines = new HashMap<>();
    private final TurnRing ring =
        new TurnRing(channel.eventLoop(), limit, ControlLoopYieldTest.none());

    Loop() {
      loops.add(this);
    }
  }

  /** A transfer whose client takes a time for each part, and nothing for as long as it is away. */
  private static final class Transfer {
    private final Loop loop;
    private final String name;
    private final TurnRing.Machine machine;
    private final long readNanos;
    private long bytes;

    Transfer(Loop loop, String machine, long readNanos) {
      this.loop = loop;
      this.name = machine;
      this.machine = loop.machines.computeIfAbsent(machine, any -> new TurnRing.Machine());
      loop.ring.begin(this.machine);
      this.readNanos = readNanos;
      ask();
    }

    private void ask() {
      loop.ring.ask(
          machine,
          most -> {
            bytes += most;
            if (readNanos == 0) {
              ask();
            } else {
              loop.channel.eventLoop().schedule(this::ask, readNanos, TimeUnit.NANOSECONDS);
            }
            return most;
          });
    }
  }

  private void run() {
    for (long passed = 0; passed < SECONDS * 1_000_000_000L; passed += STEP_NANOS) {
      clock.advance(STEP_NANOS, TimeUnit.NANOSECONDS);
      loops.forEach(loop -> loop.channel.runPendingTasks());
    }
  }

  private static void assertNear(double expected, long actual, double part, String what) {
    assertTrue(Math.abs((double) actual - expected) <= expected * part, what + ": " + actual);
  }

  private void assertAllTogether(Transfer... transfers) {
    long all = 0;
    for (Transfer transfer : transfers) {
      all += transfer.bytes;
    }
    assertNear((double) RATE * SECONDS, all, 0.03, "all together");
  }

  @Test
  void oneTransferHasTheWholeLimitAndNoMore() {
    assertAllTogether(run(new Transfer(new Loop(), "a", 0)));
  }

  private Transfer[] run(Transfer... transfers) {
    run();
    return transfers;
  }

  @Test
  void everyMachineGetsTheSameWhicheverLoopItIsOn() {
    Loop crowded = new Loop();
    Transfer[] transfers =
        run(
            new Transfer(new Loop(), "alone", 0),
            new Transfer(crowded, "a", 0),
            new Transfer(crowded, "b", 0),
            new Transfer(crowded, "c", 0));
    assertAllTogether(transfers);
    for (Transfer transfer : transfers) {
      assertNear(RATE * SECONDS / 4.0, transfer.bytes, 0.05, transfer.name);
    }
  }

  @Test
  void sixteenConnectionsOfAMachineOnOneLoopGetNoMoreThanOneOfAnotherOnAnother() {
    Loop first = new Loop();
    Transfer[] many = new Transfer[16];
    for (int i = 0; i < many.length; i++) {
      many[i] = new Transfer(first, "many", 0);
    }
    Transfer one = new Transfer(new Loop(), "one", 0);
    run();
    assertNear(RATE * SECONDS / 2.0, one.bytes, 0.05, "one");
    for (Transfer transfer : many) {
      assertNear(RATE * SECONDS / 32.0, transfer.bytes, 0.1, "one of many");
    }
  }

  @Test
  void whatOneCannotUseTheOthersGet() {
    Transfer slow = new Transfer(new Loop(), "slow", TimeUnit.MILLISECONDS.toNanos(50));
    Transfer fast = new Transfer(new Loop(), "fast", 0);
    assertAllTogether(run(slow, fast));
    assertTrue(slow.bytes <= SECONDS * 20L * limit.turnBytes(), "slow: " + slow.bytes);
    assertTrue(slow.bytes >= SECONDS * 18L * limit.turnBytes(), "as much as it can take");
  }

  @Test
  void machinesThatAreAwayNowAndThenSendNoMoreThanTheLimitTogether() {
    for (long micros : new long[] {200, 500, 1000, 2000, 5000}) {
      loops.clear();
      limit = new EgressLimit(RATE);
      long nanos = TimeUnit.MICROSECONDS.toNanos(micros);
      Transfer[] transfers =
          run(
              new Transfer(new Loop(), "a", nanos),
              new Transfer(new Loop(), "b", nanos),
              new Transfer(new Loop(), "c", nanos));
      long all = 0;
      for (Transfer transfer : transfers) {
        all += transfer.bytes;
      }
      assertTrue(all <= RATE * SECONDS * 1.03, micros + " µs: " + all);
    }
  }

  @Test
  void aLoopThatWasHeldUpMakesUpForALittleOnly() {
    Loop loop = new Loop();
    Transfer transfer = new Transfer(loop, "a", 0);
    loop.channel.runPendingTasks();
    long before = transfer.bytes;
    clock.advance(1, TimeUnit.SECONDS);
    loop.channel.runPendingTasks();
    assertTrue(transfer.bytes - before <= RATE / 100, "at once: " + (transfer.bytes - before));
    assertTrue(transfer.bytes > before);
  }

  @Test
  void turnsUnderALowLimitAreShort() {
    assertEquals(TransferPump.TURN_BYTES, new EgressLimit(1_000_000_000).turnBytes());
    assertEquals(50_000, new EgressLimit(10_000_000).turnBytes());
    assertEquals(4096, new EgressLimit(1000).turnBytes());
  }
}
