package io.sluice.server.egress;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Gives the transfers of one bulk loop their turns: machines take turns first, then the connections
 * of a machine, so that a machine with sixteen connections gets no more than one with a single
 * connection. Who has nothing to send, because its client has not read yet, is not in the ring and
 * costs no turn. Used on its loop only.
 */
final class TurnRing implements Runnable {
  private final EventLoop loop;
  private final Map<Object, Machine> machines = new HashMap<>();
  private final Queue<Machine> ring = new ArrayDeque<>();
  private boolean running;

  /** The turns one machine waits for, in order of asking. */
  private record Machine(Object key, Queue<Runnable> turns) {}

  TurnRing(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Asks for one turn.
   *
   * @param machine whose turn it is; equal for all connections of one machine
   */
  void ask(Object machine, Runnable turn) {
    Machine waiting =
        machines.computeIfAbsent(
            machine,
            key -> {
              Machine first = new Machine(key, new ArrayDeque<>());
              ring.add(first);
              return first;
            });
    waiting.turns().add(turn);
    if (!running) {
      running = true;
      loop.execute(this);
    }
  }

  /** One turn of one transfer. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield but how soon others run
  @Override
  public void run() {
    Machine machine = ring.remove();
    Runnable turn = machine.turns().remove();
    if (machine.turns().isEmpty()) {
      machines.remove(machine.key());
    } else {
      ring.add(machine);
    }
    try {
      turn.run();
    } finally {
      // Lets the loops that answer scripts have the processor, where there are fewer processors
      // than loops.
      Thread.yield();
      running = !ring.isEmpty();
      if (running) {
        loop.execute(this);
      }
    }
  }
}
