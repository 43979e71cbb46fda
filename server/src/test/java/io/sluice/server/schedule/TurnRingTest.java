package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.transfer.TransferPump;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TurnRingTest {
  private static final int TURNS = 320;

  /** On its clock no time passes. */
  private final EmbeddedChannel channel =
      EmbeddedChannel.builder().ticker(Ticker.newMockTicker()).build();

  private final TurnRing ring =
      new TurnRing(channel.eventLoop(), new EgressLimit(0), ControlLoopYieldTest.none());
  private final Map<String, TurnRing.Machine> machines = new HashMap<>();
  private final List<String> taken = new ArrayList<>();

  /** The machine of this name; it has a transfer from the first time on that it is asked for. */
  private TurnRing.Machine machine(String name) {
    return machines.computeIfAbsent(
        name,
        any -> {
          TurnRing.Machine machine = new TurnRing.Machine();
          ring.begin(machine);
          return machine;
        });
  }

  /** Asks for turns for ever, as a transfer does whose client reads as fast as it can. */
  private void transfer(String machine, String name) {
    ring.ask(
        machine(machine),
        most -> {
          if (taken.size() < TURNS) {
            taken.add(name);
            transfer(machine, name);
          }
          return most;
        });
  }

  @Test
  void aMachineWithSixteenConnectionsGetsNoMoreTurnsThanOneWithASingleConnection() {
    for (int i = 0; i < 16; i++) {
      transfer("many", "many-" + i);
    }
    transfer("one", "one");
    channel.runPendingTasks();
    assertEquals(TURNS / 2, Collections.frequency(taken, "one"));
  }

  @Test
  void theConnectionsOfAMachineTakeTurns() {
    for (int i = 0; i < 16; i++) {
      transfer("many", "many-" + i);
    }
    channel.runPendingTasks();
    for (int i = 0; i < 16; i++) {
      assertEquals(TURNS / 16, Collections.frequency(taken, "many-" + i));
    }
  }

  @Test
  void whoDoesNotAskCostsNoTurn() {
    ring.ask(machine("slow"), most -> taken.add("slow") ? most : 0);
    transfer("fast", "fast");
    channel.runPendingTasks();
    assertEquals(1, Collections.frequency(taken, "slow"));
    assertEquals(TURNS - 1, Collections.frequency(taken, "fast"));
  }

  @Test
  void aTransferThatWaitsAloneHasALongerTurn() {
    List<Integer> most = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ring.ask(machine("a" + i % 2), each -> most.add(each) ? each : 0);
    }
    channel.runPendingTasks();
    assertEquals(
        List.of(TransferPump.TURN_BYTES, TransferPump.TURN_BYTES, TransferPump.LARGEST_TURN_BYTES),
        most);
  }

  @Test
  void aLoopThatHasNothingToSendAnyMoreBeginsAnewWhenSomebodyAsks() {
    ring.ask(machine("a"), most -> taken.add("first") ? most : 0);
    channel.runPendingTasks();
    ring.ask(machine("a"), most -> taken.add("second") ? most : 0);
    channel.runPendingTasks();
    assertEquals(List.of("first", "second"), taken);
  }

  @Test
  void whoMissesTurnsForAMomentMakesUpForThem() {
    long[] sent = new long[2];
    keepAsking("here", sent, 0);
    ring.ask(machine("away"), most -> most);
    step(40);
    long before = sent[0];
    List<Long> behind = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ring.ask(
          machine("away"),
          most -> {
            behind.add(sent[0] - before);
            return most;
          });
    }
    step(6);
    assertEquals(3, behind.size());
    assertTrue(behind.get(2) <= TransferPump.LARGEST_TURN_BYTES, behind.toString());
  }

  @Test
  void whoBeginsOneTransferAfterTheOtherGetsNoMoreThanWhoHasALongOne() {
    long[] sent = new long[2];
    keepAsking("long", sent, 0);
    for (int transfer = 0; transfer < 50; transfer++) {
      long end = sent[1] + 4L * TransferPump.LARGEST_TURN_BYTES;
      machines.remove("short");
      again(sent, end);
      while (sent[1] < end) {
        step(1);
      }
      ring.end(machine("short"));
    }
    double share = (double) sent[1] / sent[0];
    assertTrue(share > 0.8 && share < 1.25, "short to long: " + share);
  }

  private void again(long[] sent, long end) {
    ring.ask(
        machine("short"),
        most -> {
          sent[1] += most;
          if (sent[1] < end) {
            again(sent, end);
          }
          return most;
        });
  }

  private void keepAsking(String machine, long[] sent, int index) {
    ring.ask(
        machine(machine),
        most -> {
          sent[index] += most;
          keepAsking(machine, sent, index);
          return most;
        });
  }

  /** Lets the ring have so many turns; the loop of a test would never come to an end by itself. */
  private void step(int turns) {
    for (int i = 0; i < turns; i++) {
      ring.run();
    }
  }

  @Test
  void aTurnThatFailsTakesTheTurnsOfNobodyElse() {
    ring.ask(
        machine("broken"),
        most -> {
          throw new IllegalStateException("broken");
        });
    ring.ask(machine("whole"), most -> taken.add("whole") ? most : 0);
    channel.runPendingTasks();
    assertThrows(IllegalStateException.class, channel::checkException);
    channel.runPendingTasks();
    assertEquals(List.of("whole"), taken);
  }

  @Test
  void aMachineWhoseLastTransferEndsWithinItsTurnHasNoTurnAnyMore() {
    ring.ask(
        machine("ends"),
        most -> {
          taken.add("ends");
          ring.end(machine("ends"));
          return most;
        });
    channel.runPendingTasks();
    step(1);
    assertEquals(List.of("ends"), taken);
  }

  @Test
  void aMachineThatComesBackBeforeItsLastTurnHasBoth() {
    transfer("long", "long");
    ring.ask(machine("back"), most -> taken.add("last") ? most : 0);
    ring.end(machine("back"));
    ring.begin(machine("back"));
    ring.ask(machine("back"), most -> taken.add("first") ? most : 0);
    channel.runPendingTasks();
    assertTrue(taken.indexOf("last") < taken.indexOf("first"), taken.toString());
    assertEquals(1, Collections.frequency(taken, "first"));
  }
}
