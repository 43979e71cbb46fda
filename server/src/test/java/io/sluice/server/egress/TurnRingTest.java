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
