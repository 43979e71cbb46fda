package io.sluice.server.http.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.sluice.server.keyed.RateLimit;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places that connections of a port have. Sits in the pipeline of the socket that listens and
 * takes new connections before anything is made for them. When all places are taken, a connection
 * on which nothing is asked makes room for the new one; when there is none such, the new one is
 * closed. Shared by all sockets of a port; safe for use by several loops.
 */
@ChannelHandler.Sharable
public final class Connections extends ChannelInboundHandlerAdapter {

  /** What became of a connection that found no place, or lost it. */
  public enum Refusal {
    /** All places were taken, and each by a connection that is being answered. */
    TOTAL,
    /** Its client has all the places it may have. */
    CLIENT,
    /** The last places are for others than clients that have many. */
    CROWDED,
    /** It asked for nothing, and made room for a new one. */
    MADE_ROOM,
    /** The process may open no more files, or the system none. */
    DESCRIPTORS
  }

  /** Is told of every connection that was refused. */
  @FunctionalInterface
  public interface Counter {
    /** One connection was refused. */
    void refused(Refusal reason);
  }

  /**
   * How many connections there may be.
   *
   * @param total of the port, at least 1
   * @param perClient of one address, or of one IPv6 network of 64 bits; 0 is no bound
   */
  public record Limits(int total, int perClient) {}

  /** The last of these parts of all places is not for a client that has half of such a part. */
  private static final int PARTS = 8;

  /** Connections that are looked at for one that can make room, each time. */
  private static final int LOOKS = 64;

  private static final long PAUSE_MILLIS = 100;
  private static final int IPV4_BYTES = 4;

  /** A host has a network of IPv6 to itself, and as many addresses as it likes. */
  private static final int NETWORK_BITS = 64;

  private static final AttributeKey<Place> PLACE = AttributeKey.valueOf(Connections.class, "place");
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  private final Limits limits;
  private final Predicate<InetAddress> trusted;
  private final Counter counter;
  private final RateLimit<String> lines =
      new RateLimit<>(Clock.systemUTC(), Duration.ofMinutes(1), 1);

  /** Of open connections, from the one that was looked at longest ago. */
  private final LinkedHashSet<Place> places = new LinkedHashSet<>();

  private final Map<Object, Integer> ofClients = new HashMap<>();

  /**
   * Places of which none is taken.
   *
   * @param trusted addresses of proxies, for which the bound of one client is not meant
   */
  public Connections(Limits limits, Predicate<InetAddress> trusted, Counter counter) {
    this.limits = limits;
    this.trusted = trusted;
    this.counter = counter;
  }

  /** How many connections there may be. */
  public int limit() {
    return limits.total();
  }

  /** What a connection says of itself; null for one that is not counted, as in tests. */
  public static @Nullable Place placeOf(Channel channel) {
    return channel.attr(PLACE).get();
  }

  /** The place of one connection. */
  public static final class Place {
    private final Channel channel;
    private final @Nullable Object client;
    private volatile boolean asked;

    private Place(Channel channel, @Nullable Object client) {
      this.channel = channel;
      this.client = client;
    }

    /** Whether a request has come in full and is not answered yet. */
    public void asked(boolean now) {
      asked = now;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel channel = (Channel) message;
    Refusal refusal = takePlace(channel);
    if (refusal == null) {
      ctx.fireChannelRead(channel);
    } else {
      counter.refused(refusal);
      channel.unsafe().closeForcibly();
    }
  }

  private synchronized @Nullable Refusal takePlace(Channel channel) {
    Object client = client(channel);
    int ofClient = client == null ? 0 : ofClients.getOrDefault(client, 0);
    if (limits.perClient() > 0 && ofClient >= limits.perClient()) {
      return Refusal.CLIENT;
    }
    if (places.size() >= limits.total() && !makeRoom()) {
      return Refusal.TOTAL;
    }
    int part = limits.total() / PARTS;
    if (places.size() >= limits.total() - part && ofClient > part / 2 && !makeRoom()) {
      return Refusal.CROWDED;
    }
    Place place = new Place(channel, client);
    channel.attr(PLACE).set(place);
    places.add(place);
    if (client != null) {
      ofClients.merge(client, 1, Integer::sum);
    }
    channel.closeFuture().addListener((ChannelFutureListener) closed -> free(place));
    return null;
  }

  /** Closes a connection on which nothing is asked, if one is met soon. */
  private boolean makeRoom() {
    for (int looks = Math.min(LOOKS, places.size()); looks > 0; looks--) {
      Place oldest = places.iterator().next();
      places.remove(oldest);
      if (oldest.asked) {
        places.add(oldest);
      } else {
        counter.refused(Refusal.MADE_ROOM);
        forget(oldest);
        oldest.channel.close();
        return true;
      }
    }
    return false;
  }

  private synchronized void free(Place place) {
    if (places.remove(place)) {
      forget(place);
    }
  }

  private void forget(Place place) {
    if (place.client != null) {
      ofClients.computeIfPresent(place.client, (key, count) -> count == 1 ? null : count - 1);
    }
  }

  private @Nullable Object client(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress peer)
        || peer.getAddress() == null
        || trusted.test(peer.getAddress())) {
      return null;
    }
    byte[] address = peer.getAddress().getAddress();
    return address.length > IPV4_BYTES ? Network.of(address, NETWORK_BITS) : peer.getAddress();
  }

  /** Accepting failed, as a rule because there are no descriptors left; then there is a pause. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    counter.refused(Refusal.DESCRIPTORS);
    if (lines.tryAcquire("accept")) {
      LOG.warn(
          "connections: one cannot be accepted: {} (expected: descriptors left; raise the limit of"
              + " open files, LimitNOFILE= of the unit or ulimit -n, or lower --max-connections)",
          cause.toString());
    }
    ctx.channel().config().setAutoRead(false);
    ctx.executor()
        .schedule(
            () -> ctx.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
