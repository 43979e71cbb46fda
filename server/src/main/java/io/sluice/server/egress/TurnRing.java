package io.sluice.server.egress;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Gives the transfers of one loop their turns: machines take turns first, then the connections of a
 * machine, so that a machine with sixteen connections gets no more than one with a single
 * connection. Whoever has been sent least is next. Who has nothing to send, because its client has
 * not read yet, is not in the ring and costs no turn; when that was for a moment only, it makes up
 * for the turns it missed. Used on its loop only.
 */
final class TurnRing implements Runnable {
  /**
   * A machine that was not in the ring for a while makes up for so much, in bytes, and no more. A
   * machine with one connection misses turns whenever its socket is full, and one with sixteen
   * hardly ever.
   */
  private static final long MOST_MADE_UP_BYTES = 8L * 1024 * 1024;

  private final EventLoop loop;
  private final EgressLimit limit;
  private final Courtesy courtesy;
  private final Map<Object, Machine> machines = new HashMap<>();
  private final Queue<Machine> ring =
      new PriorityQueue<>(
          Comparator.<Machine>comparingLong(machine -> machine.sent)
              .thenComparingLong(machine -> machine.asked));
  private boolean running;
  private int waitingTurns;
  private long asked;
  private long leastSent;
  private long mayRunAt;

  /** What a machine was sent, as far as it counts, and the turns it waits for, in order. */
  private static final class Machine {
    private final Object key;
    private final Queue<Turn> turns = new ArrayDeque<>();
    private long sent;
    private long asked;
    private boolean forgotten;

    /** One that has just come has nothing to make up for. */
    Machine(Object key, long sent) {
      this.key = key;
      this.sent = sent;
    }
  }

  TurnRing(EventLoop loop, EgressLimit limit, Courtesy courtesy) {
    this.loop = loop;
    this.limit = limit;
    this.courtesy = courtesy;
    this.mayRunAt = loop.ticker().nanoTime();
  }

  /**
   * Asks for one turn.
   *
   * @param key whose turn it is; equal for all connections of one machine
   */
  void ask(Object key, Turn turn) {
    Machine machine = machines.computeIfAbsent(key, any -> new Machine(key, leastSent));
    machine.forgotten = false;
    machine.turns.add(turn);
    waitingTurns++;
    if (machine.turns.size() == 1) {
      machine.sent = Math.max(machine.sent, leastSent - MOST_MADE_UP_BYTES);
      enter(machine);
      limit.waiting(1);
    }
    if (!running) {
      running = true;
      runAgain();
    }
  }

  /** A machine has no transfer any more, but perhaps a turn that the last one asked for. */
  void forget(Object key) {
    Machine machine = machines.get(key);
    if (machine == null || machine.turns.isEmpty()) {
      machines.remove(key);
    } else {
      machine.forgotten = true;
    }
  }

  /** How many machines it knows. */
  int machines() {
    return machines.size();
  }

  private void enter(Machine machine) {
    machine.asked = asked++;
    ring.add(machine);
  }

  /** One turn of one transfer. */
  @Override
  public void run() {
    int waiting = ring.size();
    Machine machine = ring.remove();
    leastSent = Math.max(leastSent, machine.sent);
    Turn turn = machine.turns.element();
    try {
      long sent = turn.take(turnBytes());
      machine.sent += sent;
      if (!limit.isNone()) {
        mayRunAt = limit.nextTurnAt(mayRunAt, loop.ticker().nanoTime(), sent, limit.share(waiting));
      }
    } finally {
      machine.turns.remove();
      waitingTurns--;
      if (machine.turns.isEmpty()) {
        limit.waiting(-1);
        if (machine.forgotten) {
          machines.remove(machine.key);
        }
      } else {
        enter(machine);
      }
      courtesy.show();
      running = !ring.isEmpty();
      if (running) {
        runAgain();
      }
    }
  }

  /** The fewer transfers wait for their turns, the longer one may be; under a limit it is short. */
  private int turnBytes() {
    return limit.isNone()
        ? Math.max(TransferPump.TURN_BYTES, TransferPump.LARGEST_TURN_BYTES / waitingTurns)
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
