package io.sluice.server.schedule;

import io.netty.channel.EventLoop;
import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.TransferPump;
import io.sluice.server.transfer.Turn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the transfers of one loop their turns: machines take turns first, then the connections of a
 * machine, so that a machine with sixteen connections gets no more than one with a single
 * connection. Whoever has been sent least is next. Who has nothing to send, because its client has
 * not read yet, is not in the ring and costs no turn; when that was for a moment only, it makes up
 * for the turns it missed.
 *
 * <p>A machine with one connection is away whenever its one socket is full, and one with sixteen
 * hardly ever. So the latter does not run far ahead of the former while that is away for a moment,
 * as long as the former gains by it: {@link AnticipatoryWait}. Used on its loop only.
 */
final class TurnRing implements Runnable {
  /** So far, in bytes, a machine with more connections may be ahead of one that is away. */
  private static final long MOST_AHEAD_BYTES = 8L * 1024 * 1024;

  /** Longer than a client that shares its processor with another one waits for it. */
  private static final long MOST_AWAITED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** A loop looks at its sockets again after so long: Netty does after 64 turns at best. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final EventLoop loop;
  private final EgressLimit limit;
  private final ControlLoopYield courtesy;
  private final Map<Receiver, RingMachine> machines = new HashMap<>();
  private final Queue<RingMachine> ring =
      new PriorityQueue<>(
          Comparator.<RingMachine>comparingLong(machine -> machine.sent)
              .thenComparingLong(machine -> machine.asked));

  /** Those who may be awaited, the one that is away for longest first. */
  private final Set<RingMachine> away = new LinkedHashSet<>();

  private final List<RingMachine> heldBack = new ArrayList<>();
  private final SendRate lately;
  private AnticipatoryWait patience;
  private boolean running;
  private boolean idle;
  private int waitingTurns;
  private int transfers;
  private long asked;
  private long leastSent;
  private long mayRunAt;
  private long lookedAt;
  private long idleSince;

  TurnRing(EventLoop loop, EgressLimit limit, ControlLoopYield courtesy) {
    this.loop = loop;
    this.limit = limit;
    this.courtesy = courtesy;
    this.mayRunAt = loop.ticker().nanoTime();
    this.lookedAt = mayRunAt;
    this.lately = new SendRate(mayRunAt);
    this.patience = new AnticipatoryWait(mayRunAt);
  }

  /**
   * A machine has a transfer more.
   *
   * @param key as in {@link #ask}
   */
  void begin(Receiver key) {
    RingMachine machine = machine(key);
    machine.transfers++;
    transfers++;
    machine.forgotten = false;
  }

  /** A machine has a transfer less, with the last one perhaps a turn that it asked for. */
  void end(Receiver key) {
    RingMachine machine = machine(key);
    machine.transfers--;
    transfers--;
    if (machine.transfers > 0) {
      return;
    }
    back(machine);
    if (machine.turns.isEmpty()) {
      forget(machine);
    } else {
      machine.forgotten = true;
    }
  }

  private void forget(RingMachine machine) {
    machines.remove(machine.key);
    if (machines.isEmpty()) {
      patience = new AnticipatoryWait(loop.ticker().nanoTime());
    }
  }

  private RingMachine machine(Receiver key) {
    RingMachine known = machines.get(key);
    if (known != null) {
      return known;
    }
    RingMachine machine = new RingMachine(key, leastSent, lately, loop.ticker().nanoTime());
    machines.put(key, machine);
    return machine;
  }

  /**
   * Asks for one turn.
   *
   * @param key whose turn it is; equal for all connections of one machine
   */
  void ask(Receiver key, Turn turn) {
    RingMachine machine = machine(key);
    machine.forgotten = false;
    machine.turns.add(turn);
    waitingTurns++;
    if (machine.turns.size() == 1) {
      machine.sent = Math.max(machine.sent, leastSent - lately.mostMadeUpBytes());
      back(machine);
      enter(machine);
      limit.waiting(1);
    }
    goOn();
  }

  private void goOn() {
    if (running || ring.isEmpty()) {
      return;
    }
    if (idle) {
      idle = false;
      patience.idle(loop.ticker().nanoTime() - idleSince);
    }
    running = true;
    runAgain();
  }

  /** How many machines it knows. */
  int machines() {
    return machines.size();
  }

  private void enter(RingMachine machine) {
    machine.asked = asked++;
    ring.add(machine);
  }

  /** A machine that may have been awaited is not any more. */
  private void back(RingMachine machine) {
    if (away.remove(machine)) {
      releaseHeldBack();
    }
  }

  private void releaseHeldBack() {
    ring.addAll(heldBack);
    heldBack.clear();
    goOn();
  }

  /** Who is next, or null when all who are here wait for somebody. */
  private @Nullable RingMachine next() {
    while (!ring.isEmpty()) {
      RingMachine machine = ring.remove();
      if (!isTooFarAhead(machine)) {
        return machine;
      }
      if (heldBack.isEmpty()) {
        long until = away.iterator().next().awaySince + MOST_AWAITED_NANOS;
        loop.schedule(
            this::releaseHeldBack, until - loop.ticker().nanoTime(), TimeUnit.NANOSECONDS);
      }
      machine.wasHeldBack = true;
      heldBack.add(machine);
    }
    return null;
  }

  private boolean isTooFarAhead(RingMachine machine) {
    if (machine.transfers < 2 || away.isEmpty() || !patience.isWorthwhile()) {
      return false;
    }
    long now = loop.ticker().nanoTime();
    away.removeIf(other -> now - other.awaySince >= MOST_AWAITED_NANOS);
    return away.stream()
        .anyMatch(
            other ->
                other.transfers < machine.transfers
                    && machine.sent - other.sent > MOST_AHEAD_BYTES);
  }

  /** One turn of one transfer. */
  @Override
  public void run() {
    int waiting = ring.size();
    RingMachine machine = next();
    if (machine == null) {
      running = false;
      idle = true;
      idleSince = loop.ticker().nanoTime();
      return;
    }
    leastSent = Math.max(leastSent, machine.sent);
    Turn turn = machine.turns.element();
    long bytes = 0;
    try {
      bytes = turn.take(turnBytes());
      long now = loop.ticker().nanoTime();
      lately.sent(bytes, now);
      machine.sent(bytes, lately, transfers, now);
      patience.sent(bytes, machine.wasHeldBack, now);
      if (!limit.isNone()) {
        mayRunAt = limit.nextTurnAt(mayRunAt, now, bytes, limit.share(waiting));
      }
    } finally {
      machine.turns.remove();
      waitingTurns--;
      if (machine.turns.isEmpty()) {
        limit.waiting(-1);
        if (machine.forgotten) {
          forget(machine);
        } else if (!machine.isSlow() && transfers > machines.size() && limit.isNone()) {
          machine.awaySince = loop.ticker().nanoTime();
          away.add(machine);
        }
      } else {
        enter(machine);
      }
      courtesy.show();
      running = false;
      goOn();
    }
  }

  /** The fewer transfers wait for their turns, the longer one may be; under a limit it is short. */
  private int turnBytes() {
    return limit.isNone()
        ? Math.max(TransferPump.TURN_BYTES, TransferPump.LARGEST_TURN_BYTES / waitingTurns)
        : limit.turnBytes();
  }

  private void runAgain() {
    long now = loop.ticker().nanoTime();
    long nanos = limit.isNone() ? 0 : Math.max(0, mayRunAt - now);
    if (nanos > 0 || now - lookedAt >= LOOK_NANOS) {
      // What is scheduled, even for now, comes after a look at the sockets.
      lookedAt = now;
      loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    } else {
      loop.execute(this);
    }
  }
}
