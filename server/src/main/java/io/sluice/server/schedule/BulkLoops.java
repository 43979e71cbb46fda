package io.sluice.server.schedule;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.ByteMeter;
import io.sluice.server.transfer.TransferPump;
import io.sluice.server.transfer.Turn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loops that do nothing but send large bodies. A connection is answered on a control loop; for
 * a large body it moves to a bulk loop and comes back after the last byte, so that small answers
 * never wait behind image bytes. All connections of one machine are on the same bulk loop while any
 * of them is, because only there can they share its turns.
 *
 * <p>Where the transport cannot move a connection, a large body is sent on the loop that accepted
 * the connection, with turns and limits all the same.
 */
public final class BulkLoops {
  /** A body up to this size, in bytes, is sent where it was asked for: it is out in one turn. */
  static final long LARGEST_SMALL_BODY = 256 * 1024;

  /**
   * How fast bodies may be sent.
   *
   * @param bytesPerSecond for all together, or 0 for as fast as they can
   * @param streamBytesPerSecond for each, or 0
   */
  public record Rates(long bytesPerSecond, long streamBytesPerSecond) {}

  private final List<BulkLoop> bulkLoops = new ArrayList<>();
  private final Map<EventLoop, BulkLoop> ownLoops = new HashMap<>();
  private final Map<Key, MachineOnLoop> machines = new HashMap<>();
  private final ImageLoops control;
  private final NotSentLimit unsent;
  private final boolean movable;
  private final EgressLimit limit;
  private final StreamPace.Rate streamRate;
  private int transfers;

  /** A loop that sends large bodies, and how many machines are on it. */
  private static final class BulkLoop {
    private final EventLoop loop;
    private final TurnRing ring;
    private int machines;

    BulkLoop(EventLoop loop, TurnRing ring) {
      this.loop = loop;
      this.ring = ring;
    }
  }

  /**
   * A machine.
   *
   * @param home the loop of its connections, where they cannot be moved to another one
   */
  private record Key(Receiver machine, Optional<EventLoop> home) {}

  /** A machine on a bulk loop and how many transfers it has there. */
  private static final class MachineOnLoop {
    private final Key key;
    private final BulkLoop loop;
    private final TurnRing.Machine turns = new TurnRing.Machine();
    private int transfers;

    MachineOnLoop(Key key, BulkLoop loop) {
      this.key = key;
      this.loop = loop;
    }
  }

  /**
   * Sends on these loops.
   *
   * @param loops for large bodies
   * @param control those that answer everything else
   */
  public BulkLoops(ImageLoops loops, ImageLoops control, Transport transport, Rates rates) {
    this.control = control;
    unsent = new NotSentLimit(transport, NotSentLimit.ofThisMachine());
    limit = new EgressLimit(rates.bytesPerSecond());
    streamRate = new StreamPace.Rate(rates.streamBytesPerSecond(), transport.canPace());
    for (EventExecutor loop : loops) {
      bulkLoops.add(bulkLoop((EventLoop) loop));
    }
    movable = transport.canMoveConnections();
  }

  @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield but how soon others run
  private BulkLoop bulkLoop(EventLoop loop) {
    ControlLoopYield controlLoopYield =
        new ControlLoopYield(control::rounds, loop.ticker(), Thread::yield);
    return new BulkLoop(loop, new TurnRing(loop, limit, controlLoopYield));
  }

  /** Whether a body of this length, in bytes, is for the bulk loops. */
  public boolean takes(long length) {
    return length > LARGEST_SMALL_BODY;
  }

  /** Whether a large body is being sent. */
  public synchronized boolean isBusy() {
    return !machines.isEmpty();
  }

  /**
   * Moves a connection to a bulk loop.
   *
   * @param channel on its control loop, with nothing left to write
   * @param machine whose connection it is; equal for all connections of one machine
   * @param meter told of the bytes as they leave
   * @param arrived run on the bulk loop, with the place the connection has there
   * @param lost run when the connection was closed on the way
   */
  public void enter(
      Channel channel,
      Receiver machine,
      ByteMeter meter,
      Consumer<LoopSlot> arrived,
      Consumer<Throwable> lost) {
    EventLoop home = channel.eventLoop();
    LoopSlot place = new LoopSlot(channel, reserve(machine, home), meter);
    if (!movable) {
      place.arrive(arrived);
      return;
    }
    move(
        channel,
        place.machine.loop.loop,
        () -> place.arrive(arrived),
        cause -> {
          place.free();
          lost.accept(cause);
        });
  }

  private synchronized MachineOnLoop reserve(Receiver machine, EventLoop home) {
    Key key = new Key(machine, movable ? Optional.empty() : Optional.of(home));
    MachineOnLoop reserved = machines.computeIfAbsent(key, this::onLoop);
    reserved.transfers++;
    unsent.shareAmong(++transfers);
    return reserved;
  }

  private MachineOnLoop onLoop(Key key) {
    BulkLoop loop =
        key.home()
            .map(home -> ownLoops.computeIfAbsent(home, this::bulkLoop))
            .orElseGet(this::emptiest);
    loop.machines++;
    return new MachineOnLoop(key, loop);
  }

  private BulkLoop emptiest() {
    return bulkLoops.stream().min(Comparator.comparingInt(each -> each.machines)).orElseThrow();
  }

  private synchronized void free(MachineOnLoop machine) {
    machine.transfers--;
    unsent.shareAmong(--transfers);
    if (machine.transfers == 0) {
      machines.remove(machine.key);
      machine.loop.machines--;
    }
  }

  private static void move(
      Channel channel, EventLoop to, Runnable arrived, Consumer<Throwable> lost) {
    channel
        .deregister()
        .addListener(
            (ChannelFutureListener)
                gone -> {
                  if (!gone.isSuccess()) {
                    lost.accept(gone.cause());
                    return;
                  }
                  to.register(channel)
                      .addListener(
                          (ChannelFutureListener)
                              there -> {
                                if (there.isSuccess()) {
                                  arrived.run();
                                } else {
                                  lost.accept(there.cause());
                                }
                              });
                });
  }

  /**
   * What a transfer has on a bulk loop: turns there, and a way home. It asks for one turn at a
   * time. Used on that loop.
   */
  public final class LoopSlot implements TransferPump.Turns {
    private final EventLoop home;
    private final MachineOnLoop machine;
    private final StreamPace pace;
    private final NotSentLimit.Limit limit;
    private final ByteMeter meter;
    private final Turn taken = this::take;
    private final Runnable ask = this::ask;
    private boolean arrived;
    private boolean freed;
    private boolean taking;
    private @Nullable Turn due;
    private @Nullable Turn asked;

    private LoopSlot(Channel channel, MachineOnLoop machine, ByteMeter meter) {
      home = channel.eventLoop();
      pace = streamRate.begin(channel);
      limit = unsent.of(channel);
      this.machine = machine;
      this.meter = meter;
    }

    private void arrive(Consumer<LoopSlot> there) {
      arrived = true;
      machine.loop.ring.begin(machine.turns);
      there.accept(this);
    }

    @Override
    public void next(Turn turn) {
      if (taking) {
        asked = turn;
      } else {
        due = turn;
        pace.whenDue(machine.loop.loop, ask);
      }
    }

    private void ask() {
      machine.loop.ring.ask(machine.turns, taken);
    }

    /** When the next turn is asked for within this one, it comes after this one was counted. */
    private long take(int most) {
      Turn turn = Objects.requireNonNull(due, "this turn was not asked for");
      long sent;
      limit.keepTo();
      taking = true;
      try {
        sent = turn.take(pace.atMost(most));
      } finally {
        taking = false;
      }
      pace.sent(sent);
      meter.sent(sent);
      Turn next = asked;
      if (next != null) {
        asked = null;
        next(next);
      }
      return sent;
    }

    /** Gives the place up; the connection stays where it is. */
    public void free() {
      if (!freed) {
        freed = true;
        pace.end();
        BulkLoops.this.free(machine);
        if (arrived) {
          machine.loop.ring.end(machine.turns);
        }
      }
    }

    /**
     * Gives the place up and moves the connection back.
     *
     * @param back run on the control loop it came from
     */
    public void leave(Channel channel, Runnable back) {
      free();
      if (movable) {
        move(channel, home, back, cause -> channel.close());
      } else {
        back.run();
      }
    }
  }
}
