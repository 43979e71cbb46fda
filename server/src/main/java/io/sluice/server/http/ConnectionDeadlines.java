package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.channel.uring.IoUringTcpInfo;
import io.sluice.server.http.connection.TimeoutCounters;
import io.sluice.server.transfer.SendProgress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a connection may take for what it is doing: sending a request, being idle, reading an
 * answer. Sits before the decoder, where the first byte of a request is seen; the exchange handler
 * tells it where the exchange stands.
 */
final class ConnectionDeadlines extends ChannelInboundHandlerAdapter {

  /** Told on the loop of the connection when time is up; closes the connection. */
  interface Expiry {
    /** Time is up. */
    void expired(TimeoutCounters.Deadline what);
  }

  private enum Phase {
    WAITING,
    RECEIVING,
    ANSWERING,
    SENDING
  }

  /**
   * A deadline is noticed late by a quarter of the shortest one at most, and never by more than
   * this.
   */
  private static final Duration COARSEST_TICK = Duration.ofSeconds(2);

  private static final int TICKS_PER_DEADLINE = 4;

  private final ServerPipeline.Timeouts limits;
  private final Expiry expiry;
  private Phase phase = Phase.WAITING;
  private long limitNanos;
  private long since;
  private SendProgress progress = SendProgress.atOnce();
  private long lastProgress;
  private @Nullable ChannelHandlerContext ctx;
  private @Nullable Future<?> tick;

  ConnectionDeadlines(ServerPipeline.Timeouts limits, Expiry expiry) {
    this.limits = limits;
    this.expiry = expiry;
    // A new connection has said nothing yet, but has no more time for its first request than for
    // any other.
    enter(Phase.WAITING, limits.request());
  }

  /** A connection that changes its loop takes its clock along. */
  @Override
  public void channelRegistered(ChannelHandlerContext context) {
    ctx = context;
    long nanos =
        Math.min(
            COARSEST_TICK.toNanos(), Math.max(1, shortest(limits).toNanos() / TICKS_PER_DEADLINE));
    tick = context.executor().scheduleAtFixedRate(this::check, nanos, nanos, TimeUnit.NANOSECONDS);
    context.fireChannelRegistered();
  }

  @Override
  public void channelUnregistered(ChannelHandlerContext context) {
    if (tick != null) {
      tick.cancel(false);
    }
    context.fireChannelUnregistered();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    receiving();
    context.fireChannelRead(message);
  }

  /** A request is complete; nothing is owed by the client. */
  void answering() {
    phase = Phase.ANSWERING;
  }

  /**
   * An answer is being sent.
   *
   * @param answer how far it is; bytes that leave are progress, and waiting that is not for the
   *     client is not held against it
   */
  void sending(SendProgress answer) {
    progress = answer;
    lastProgress = answer.sentBytes();
    enter(Phase.SENDING, limits.stall());
  }

  /** A request has begun, also when its first bytes came together with an earlier one. */
  void receiving() {
    if (phase == Phase.WAITING) {
      enter(Phase.RECEIVING, limits.request());
    }
  }

  /** The exchange is over and the connection is kept. */
  void idle() {
    progress = SendProgress.atOnce();
    enter(Phase.WAITING, limits.idle());
  }

  /**
   * Everything has been sent; from here on the closing of the connection has a limit of its own.
   */
  void closing() {
    progress = SendProgress.atOnce();
    if (tick != null) {
      tick.cancel(false);
    }
  }

  private void enter(Phase next, Duration limit) {
    phase = next;
    limitNanos = limit.toNanos();
    since = System.nanoTime();
  }

  private static Duration shortest(ServerPipeline.Timeouts limits) {
    return Collections.min(List.of(limits.request(), limits.idle(), limits.stall()));
  }

  private void check() {
    if (phase == Phase.ANSWERING) {
      return;
    }
    if (phase == Phase.SENDING
        && (progress.sentBytes() != lastProgress || !progress.waitsForClient())) {
      lastProgress = progress.sentBytes();
      since = System.nanoTime();
    }
    if (System.nanoTime() - since < limitNanos) {
      return;
    }
    switch (phase) {
      case RECEIVING -> expire(TimeoutCounters.Deadline.REQUEST);
      case WAITING -> expire(TimeoutCounters.Deadline.IDLE);
      case SENDING -> {
        if (!dataLeftLately()) {
          expire(TimeoutCounters.Deadline.STALL);
        }
      }
      default -> throw new IllegalStateException(phase.toString());
    }
  }

  private void expire(TimeoutCounters.Deadline what) {
    // A late request is answered, and that answer can stall as any other.
    if (what != TimeoutCounters.Deadline.REQUEST) {
      closing();
    }
    expiry.expired(what);
  }

  /**
   * Whether the kernel sent data of this connection and heard of the client within the limit. A
   * slow client takes what is in the socket's buffer for a long time before there is room for more,
   * and that is all the server sees of its progress.
   */
  private boolean dataLeftLately() {
    long limitMillis = TimeUnit.NANOSECONDS.toMillis(limitNanos);
    if (ctx != null && ctx.channel() instanceof EpollSocketChannel epoll) {
      EpollTcpInfo info = epoll.tcpInfo();
      return info.lastDataSent() < limitMillis && info.lastAckRecv() < limitMillis;
    }
    if (ctx != null && ctx.channel() instanceof IoUringSocketChannel ring) {
      IoUringTcpInfo info = ring.tcpInfo();
      return info.lastDataSent() < limitMillis && info.lastAckRecv() < limitMillis;
    }
    return false;
  }
}
