package io.sluice.server.http.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelinedTurnsTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final PipelinedTurns turns = new PipelinedTurns();
  private final List<String> order = new ArrayList<>();

  /** As a connection does whose next request is there when the one before is answered. */
  private void pipeline(String name, int requests) {
    if (requests > 0) {
      turns.await(
          channel.eventLoop(),
          () -> {
            order.add(name);
            pipeline(name, requests - 1);
          });
    }
  }

  private void finish() {
    while (channel.runScheduledPendingTasks() == 0) {
      channel.runPendingTasks();
    }
  }

  @Test
  void connectionsAnswerOneRequestEachInTurn() {
    pipeline("a", 3);
    pipeline("b", 2);
    pipeline("c", 1);
    finish();
    assertEquals(List.of("a", "b", "c", "a", "b", "a"), order);
  }

  @Test
  void theLoopLooksAtItsSocketsBetweenAFewTurns() {
    pipeline("a", 1000);
    channel.runScheduledPendingTasks();
    assertTrue(order.size() < 1000, order.size() + " turns at once");
    finish();
    assertEquals(1000, order.size());
  }

  @Test
  void aTurnThatFailsTakesNoneFromOthers() {
    turns.await(
        channel.eventLoop(),
        () -> {
          throw new IllegalStateException("of one connection");
        });
    pipeline("b", 2);
    finish();
    assertEquals(List.of("b", "b"), order);
  }
}
