package io.sluice.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.TransferPump;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnRingTest {
  private static final int TURNS = 320;

  /** On its clock no time passes. */
  private final EmbeddedChannel channel =
      EmbeddedChannel.builder().ticker(Ticker.newMockTicker()).build();

  private final TurnRing ring =
      new TurnRing(channel.eventLoop(), new EgressLimit(0), ControlLoopYieldTest.none());
  private final List<String> taken = new ArrayList<>();

  /** Asks for turns for ever, as a transfer does whose client reads as fast as it can. */
  private void transfer(String machine, String name) {
    ring.ask(
        new Receiver(machine),
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
    ring.ask(new Receiver("slow"), most -> taken.add("slow") ? most : 0);
    transfer("fast", "fast");
    channel.runPendingTasks();
    assertEquals(1, Collections.frequency(taken, "slow"));
    assertEquals(TURNS - 1, Collections.frequency(taken, "fast"));
  }

  @Test
  void theFewerTransfersWaitTheLongerATurnMayBe() {
    List<Integer> alone = new ArrayList<>();
    ring.ask(new Receiver("a"), most -> alone.add(most) ? most : 0);
    channel.runPendingTasks();
    assertEquals(List.of(TransferPump.LARGEST_TURN_BYTES), alone);
    List<Integer> crowded = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      ring.ask(new Receiver("machine " + i % 3), most -> crowded.add(most) ? most : 0);
    }
    channel.runPendingTasks();
    assertEquals(16, crowded.size());
    assertEquals(TransferPump.TURN_BYTES, crowded.get(0));
    assertEquals(TransferPump.TURN_BYTES, crowded.get(13));
    assertEquals(TransferPump.LARGEST_TURN_BYTES, crowded.get(15));
  }

  @Test
  void aLoopThatHasNothingToSendAnyMoreBeginsAnewWhenSomebodyAsks() {
    ring.ask(new Receiver("a"), most -> taken.add("first") ? most : 0);
    channel.runPendingTasks();
    ring.ask(new Receiver("a"), most -> taken.add("second") ? most : 0);
    channel.runPendingTasks();
    assertEquals(List.of("first", "second"), taken);
  }

  @Test
  void whoMissesTurnsForAMomentMakesUpForThem() {
    long[] sent = new long[2];
    keepAsking("here", sent, 0);
    ring.ask(new Receiver("away"), most -> most);
    step(40);
    long before = sent[0];
    List<Long> behind = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ring.ask(
          new Receiver("away"),
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
      ring.begin(new Receiver("short"));
      again(sent, end);
      while (sent[1] < end) {
        step(1);
      }
      ring.end(new Receiver("short"));
    }
    double share = (double) sent[1] / sent[0];
    assertTrue(share > 0.8 && share < 1.25, "short to long: " + share);
  }

  private void again(long[] sent, long end) {
    ring.ask(
        new Receiver("short"),
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
        new Receiver(machine),
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
        new Receiver("broken"),
        most -> {
          throw new IllegalStateException("broken");
        });
    ring.ask(new Receiver("whole"), most -> taken.add("whole") ? most : 0);
    channel.runPendingTasks();
    assertThrows(IllegalStateException.class, channel::checkException);
    channel.runPendingTasks();
    assertEquals(List.of("whole"), taken);
  }

  @Test
  void aMachineIsForgottenWhenItsLastTransferEndsWithinItsTurn() {
    ring.begin(new Receiver("ends"));
    ring.ask(
        new Receiver("ends"),
        most -> {
          ring.end(new Receiver("ends"));
          return most;
        });
    channel.runPendingTasks();
    assertEquals(0, ring.machines());
  }

  @Test
  void aMachineIsForgottenWhenItsLastTransferEndsBeforeItsTurn() {
    ring.begin(new Receiver("gone"));
    ring.ask(new Receiver("gone"), most -> 0);
    ring.end(new Receiver("gone"));
    channel.runPendingTasks();
    assertEquals(0, ring.machines());
  }

  @Test
  void aMachineThatComesBackBeforeItsLastTurnIsNotForgotten() {
    ring.begin(new Receiver("back"));
    ring.ask(new Receiver("back"), most -> 0);
    ring.end(new Receiver("back"));
    ring.begin(new Receiver("back"));
    ring.ask(new Receiver("back"), most -> most);
    channel.runPendingTasks();
    assertEquals(1, ring.machines());
  }
}
