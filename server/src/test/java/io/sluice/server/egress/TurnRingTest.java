package io.sluice.server.egress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnRingTest {
  private static final int TURNS = 320;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final TurnRing ring = new TurnRing(channel.eventLoop(), new EgressLimit(0));
  private final List<String> taken = new ArrayList<>();

  /** Asks for turns for ever, as a transfer does whose client reads as fast as it can. */
  private void transfer(String machine, String name) {
    ring.ask(
        machine,
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
    ring.ask("slow", most -> taken.add("slow") ? most : 0);
    transfer("fast", "fast");
    channel.runPendingTasks();
    assertEquals(1, Collections.frequency(taken, "slow"));
    assertEquals(TURNS - 1, Collections.frequency(taken, "fast"));
  }

  @Test
  void theFewerMachinesWaitTheLongerATurnMayBe() {
    List<Integer> alone = new ArrayList<>();
    ring.ask("a", most -> alone.add(most) ? most : 0);
    channel.runPendingTasks();
    assertEquals(List.of(TransferPump.LARGEST_TURN_BYTES), alone);
    List<Integer> crowded = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      ring.ask("machine " + i, most -> crowded.add(most) ? most : 0);
    }
    channel.runPendingTasks();
    assertEquals(16, crowded.size());
    assertEquals(TransferPump.TURN_BYTES, crowded.get(0));
    assertEquals(TransferPump.LARGEST_TURN_BYTES / 4, crowded.get(12));
    assertEquals(TransferPump.LARGEST_TURN_BYTES, crowded.get(15));
  }

  @Test
  void aLoopThatHasNothingToSendAnyMoreBeginsAnewWhenSomebodyAsks() {
    ring.ask("a", most -> taken.add("first") ? most : 0);
    channel.runPendingTasks();
    ring.ask("a", most -> taken.add("second") ? most : 0);
    channel.runPendingTasks();
    assertEquals(List.of("first", "second"), taken);
  }

  @Test
  void aTurnThatFailsTakesTheTurnsOfNobodyElse() {
    ring.ask(
        "broken",
        most -> {
          throw new IllegalStateException("broken");
        });
    ring.ask("whole", most -> taken.add("whole") ? most : 0);
    channel.runPendingTasks();
    assertThrows(IllegalStateException.class, channel::checkException);
    channel.runPendingTasks();
    assertEquals(List.of("whole"), taken);
  }
}
