package io.sluice.server.schedule;

import io.netty.channel.EventLoop;
import io.sluice.server.transfer.TransferPump;
import io.sluice.server.transfer.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the transfers of one loop their turns: machines take turns first, then the connections of a
 * machine, so that a machine with sixteen connections gets no more than one with a single
 * connection. The machine that was sent least is next. A machine that has nothing to send, because
 * its client has not read yet, is not in the ring and costs no turn; when that was for a moment
 * only, it makes up for the turns it missed.
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
  private final ControlLoopYield controlLoopYield;
  private final Queue<Machine> ring =
      new PriorityQueue<>(
          Comparator.<Machine>comparingLong(machine -> machine.sent)
              .thenComparingLong(machine -> machine.asked));

  /** The machines that may be awaited, the one that is away for longest first. */
  private final Set<Machine> away = new LinkedHashSet<>();

  private final List<Machine> heldBack = new ArrayList<>();
  private final SendRate rate;
  private AnticipatoryWait anticipatoryWait;
  private boolean running;
  private boolean idle;
  private int waitingTurns;
  private int machines;
  private int transfers;
  private long asked;
  private long leastSent;
  private long mayRunAt;
  private long lookedAt;
  private long idleSince;

  /** A machine: what it was sent and the turns it waits for. */
  static final class Machine {
    /** A machine is slow when its connections take less than this part of the average. */
    private static final double SLOW = 0.5;

    /** What happens in shorter times does not tell how fast a machine is. */
    private static final long RATE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** In order. */
    private final Queue<Turn> turns = new ArrayDeque<>();

    int transfers;

    /** Bytes, as far as they count. */
    long sent;

    /** The number of its last request for a turn. */
    private long asked;

    private long awaySince;

    /** It is one of those that wait for others. */
    private boolean wasHeldBack;

    private boolean slow;
    private long begun;
    private long bytes;
    private long ofAll;

    /**
     * Its first transfer begins.
     *
     * @param least what the others of the ring were sent: it has nothing to make up for
     */
    void begin(long least, SendRate rate, long now) {
      sent = least;
      ofAll = rate.bytes();
      begun = now;
      bytes = 0;
      slow = false;
    }

    /**
     * It was sent more.
     *
     * @param rate of the loop, which has counted these bytes
     * @param transfersOfAll of all machines
     */
    void sent(long more, SendRate rate, int transfersOfAll, long now) {
      sent += more;
      bytes += more;
      if (now - begun >= RATE_NANOS) {
        double part = (double) bytes / Math.max(1, rate.bytes() - ofAll);
        slow = part * transfersOfAll < SLOW * transfers;
        begun = now;
        bytes = 0;
        ofAll = rate.bytes();
      }
    }

    /** Whether it took much less for each connection than others did; not until that is known. */
    boolean isSlow() {
      return slow;
    }
  }

  TurnRing(EventLoop loop, EgressLimit limit, ControlLoopYield controlLoopYield) {
    this.loop = loop;
    this.limit = limit;
    this.controlLoopYield = controlLoopYield;
    this.mayRunAt = loop.ticker().nanoTime();
    this.lookedAt = mayRunAt;
    this.rate = new SendRate(mayRunAt);
    this.anticipatoryWait = new AnticipatoryWait(mayRunAt);
  }

  /** A machine has a transfer more. */
  void begin(Machine machine) {
    if (machine.transfers == 0) {
      machines++;
      if (machine.turns.isEmpty()) { // else it is in the ring, where what it was sent is its place
        machine.begin(leastSent, rate, loop.ticker().nanoTime());
      }
    }
    machine.transfers++;
    transfers++;
  }

  /** A machine has a transfer less; with the last one perhaps a turn that it asked for. */
  void end(Machine machine) {
    machine.transfers--;
    transfers--;
    if (machine.transfers == 0) {
      machines--;
      awaitNoMore(machine);
    }
    if (machines == 0) {
      anticipatoryWait = new AnticipatoryWait(loop.ticker().nanoTime());
    }
  }

  /** Asks for one turn of a machine that has a transfer. */
  void ask(Machine machine, Turn turn) {
    machine.turns.add(turn);
    waitingTurns++;
    if (machine.turns.size() == 1) {
      machine.sent = Math.max(machine.sent, leastSent - rate.mostMadeUpBytes());
      awaitNoMore(machine);
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
      anticipatoryWait.idle(loop.ticker().nanoTime() - idleSince);
    }
    running = true;
    runAgain();
  }

  private void enter(Machine machine) {
    machine.asked = asked++;
    ring.add(machine);
  }

  private void awaitNoMore(Machine machine) {
    if (away.remove(machine)) {
      releaseHeldBack();
    }
  }

  private void releaseHeldBack() {
    ring.addAll(heldBack);
    heldBack.clear();
    goOn();
  }

  /** The machine that is next, or null when all that are here wait for one that is away. */
  private @Nullable Machine next() {
    while (!ring.isEmpty()) {
      Machine machine = ring.remove();
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

  private boolean isTooFarAhead(Machine machine) {
    if (machine.transfers < 2 || away.isEmpty() || !anticipatoryWait.isWorthwhile()) {
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
    Machine machine = next();
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
      rate.sent(bytes, now);
      machine.sent(bytes, rate, transfers, now);
      anticipatoryWait.sent(bytes, machine.wasHeldBack, now);
      if (!limit.isNone()) {
        mayRunAt = limit.nextTurnAt(mayRunAt, now, bytes, limit.share(waiting));
      }
    } finally {
      machine.turns.remove();
      waitingTurns--;
      if (!machine.turns.isEmpty()) {
        enter(machine);
      } else {
        limit.waiting(-1);
        if (mayBeAwaited(machine)) {
          machine.awaySince = loop.ticker().nanoTime();
          away.add(machine);
        }
      }
      controlLoopYield.offer();
      running = false;
      goOn();
    }
  }

  private boolean mayBeAwaited(Machine machine) {
    return machine.transfers > 0 && !machine.isSlow() && transfers > machines && limit.isNone();
  }

  /** A transfer that waits alone has a longer turn; under a limit it is short. */
  private int turnBytes() {
    if (!limit.isNone()) {
      return limit.turnBytes();
    }
    return waitingTurns == 1 ? TransferPump.LARGEST_TURN_BYTES : TransferPump.TURN_BYTES;
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
