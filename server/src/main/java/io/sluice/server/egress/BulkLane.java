package io.sluice.server.egress;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The loops that do nothing but send large bodies. A connection is answered on a control loop; for
 * a large body it moves to a bulk loop and comes back after the last byte, so that small answers
 * never wait behind image bytes. All connections of one machine are on the same bulk loop while any
 * of them is, because only there can they share its turns.
 */
public final class BulkLane {
  /** A body up to this size, in bytes, is sent where it was asked for: it is out in two turns. */
  static final long LARGEST_SMALL_BODY = 2L * TransferPump.TURN_BYTES;

  private final List<Seat> seats = new ArrayList<>();
  private final Map<Object, Stay> stays = new HashMap<>();
  private final boolean movable;

  /** A bulk loop and how many machines are on it. */
  private static final class Seat {
    private final EventLoop loop;
    private final TurnRing ring;
    private int machines;

    Seat(EventLoop loop) {
      this.loop = loop;
      this.ring = new TurnRing(loop);
    }
  }

  /** A machine on a bulk loop and how many transfers it has there. */
  private static final class Stay {
    private final Seat seat;
    private int transfers;

    Stay(Seat seat) {
      this.seat = seat;
    }
  }

  /**
   * Sends on these loops.
   *
   * @param transport of the loops; where it cannot move a connection, every body is sent on the
   *     loop that accepted the connection
   */
  public BulkLane(ImageLoops loops, Transport transport) {
    for (EventExecutor loop : loops) {
      seats.add(new Seat((EventLoop) loop));
    }
    movable = transport.canMoveConnections();
  }

  /** Whether a body of this length, in bytes, is for the bulk loops. */
  public boolean takes(long length) {
    return movable && length > LARGEST_SMALL_BODY;
  }

  /**
   * Moves a connection to a bulk loop.
   *
   * @param channel on its control loop, with nothing left to write
   * @param arrived run on the bulk loop, with the place the connection has there
   * @param lost run when the connection was closed on the way
   */
  public void enter(Channel channel, Consumer<Place> arrived, Consumer<Throwable> lost) {
    Place place = reserve(machine(channel.remoteAddress()), channel.eventLoop());
    move(
        channel,
        place.seat.loop,
        () -> arrived.accept(place),
        cause -> {
          place.free();
          lost.accept(cause);
        });
  }

  private synchronized Place reserve(Object machine, EventLoop home) {
    Stay stay =
        stays.computeIfAbsent(
            machine,
            key -> {
              Seat seat = emptiest();
              seat.machines++;
              return new Stay(seat);
            });
    stay.transfers++;
    return new Place(machine, stay.seat, home);
  }

  private Seat emptiest() {
    return seats.stream().min(Comparator.comparingInt(seat -> seat.machines)).orElseThrow();
  }

  private synchronized void free(Object machine) {
    Stay stay = stays.get(machine);
    if (stay != null && --stay.transfers == 0) {
      stays.remove(machine);
      stay.seat.machines--;
    }
  }

  /** Connections from one address are one machine. */
  private static Object machine(SocketAddress address) {
    return address instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress()
        : String.valueOf(address);
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

  /** What a transfer has on a bulk loop: turns there, and a way home. Used on that loop. */
  public final class Place implements TransferPump.Turns {
    private final Object machine;
    private final Seat seat;
    private final EventLoop home;
    private boolean freed;

    private Place(Object machine, Seat seat, EventLoop home) {
      this.machine = machine;
      this.seat = seat;
      this.home = home;
    }

    @Override
    public void next(Runnable turn) {
      seat.ring.ask(machine, turn);
    }

    /** Gives the place up; the connection stays where it is. */
    public void free() {
      if (!freed) {
        freed = true;
        BulkLane.this.free(machine);
      }
    }

    /**
     * Gives the place up and moves the connection back.
     *
     * @param back run on the control loop it came from
     */
    public void leave(Channel channel, Runnable back) {
      free();
      move(channel, home, back, cause -> channel.close());
    }
  }
}
