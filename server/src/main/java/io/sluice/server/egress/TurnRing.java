package io.sluice.server.egress;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Gives the transfers of one loop their turns: machines take turns first, then the connections of a
 * machine, so that a machine with sixteen connections gets no more than one with a single
 * connection. Who has nothing to send, because its client has not read yet, is not in the ring and
 * costs no turn. Used on its loop only.
 */
final class TurnRing implements Runnable {
  private final EventLoop loop;
  private final EgressLimit limit;
  private final Map<Object, Machine> machines = new HashMap<>();
  private final Queue<Machine> ring = new ArrayDeque<>();
  private boolean running;
  private long mayRunAt;

  /** The turns one machine waits for, in order of asking. */
  private record Machine(Object key, Queue<Turn> turns) {}

  TurnRing(EventLoop loop, EgressLimit limit) {
    this.loop = loop;
    this.limit = limit;
    this.mayRunAt = loop.ticker().nanoTime();
  }

  /**
   * Asks for one turn.
   *
   * @param machine whose turn it is; equal for all connections of one machine
   */
  void ask(Object machine, Turn turn) {
    Machine waiting =
        machines.computeIfAbsent(
            machine,
            key -> {
              Machine first = new Machine(key, new ArrayDeque<>());
              ring.add(first);
              limit.waiting(1);
              return first;
            });
    waiting.turns().add(turn);
    if (!running) {
      running = true;
      runAgain();
    }
  }

  /** One turn of one transfer. */
  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield but how soon others run
  @Override
  public void run() {
    int waiting = ring.size();
    double share = limit.share(waiting);
    Machine machine = ring.remove();
    Turn turn = machine.turns().remove();
    if (machine.turns().isEmpty()) {
      machines.remove(machine.key());
      limit.waiting(-1);
    } else {
      ring.add(machine);
    }
    try {
      long sent = turn.take(turnBytes(waiting));
      if (!limit.isNone()) {
        mayRunAt = limit.nextTurnAt(mayRunAt, loop.ticker().nanoTime(), sent, share);
      }
    } finally {
      // Lets the loops that answer scripts have the processor, where there are fewer processors
      // than loops.
      Thread.yield();
      running = !ring.isEmpty();
      if (running) {
        runAgain();
      }
    }
  }

  /** The fewer wait for their turns, the longer one may be; under a limit they are short. */
  private int turnBytes(int waiting) {
    return limit.isNone()
        ? Math.max(TransferPump.TURN_BYTES, TransferPump.LARGEST_TURN_BYTES / waiting)
        : limit.turnBytes();
  }

  private void runAgain() {
    long nanos = limit.isNone() ? 0 : mayRunAt - loop.ticker().nanoTime();
    if (nanos > 0) {
      loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    } else {
      loop.execute(this);
    }
  }
}
