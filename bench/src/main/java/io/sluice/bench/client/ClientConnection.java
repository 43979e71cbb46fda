package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.bench.machine.Failure;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The only handler of a machine's connection: hands what is read to the exchange under way, and
 * where the machine is slow decides when it reads again.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
  private final ChannelWire wire;
  private final @Nullable ReadPace pace;
  private final @Nullable SpliceDrain drain;

  private @Nullable Channel channel;
  private @Nullable Exchange exchange;
  private boolean reused;
  private boolean silent;
  private int readNow;
  private long activeAtNanos = System.nanoTime();

  ClientConnection(ChannelWire wire, @Nullable ReadPace pace, @Nullable SpliceDrain drain) {
    this.wire = wire;
    this.pace = pace;
    this.drain = drain;
  }

  /** Sends the exchange's request; what comes from now on is its answer. */
  void carry(Exchange next, boolean again) {
    exchange = next;
    reused = again;
    activeAtNanos = System.nanoTime();
    Channel open = channel;
    if (open != null) {
      var unused = open.writeAndFlush(Unpooled.wrappedBuffer(wire.requestOf(next)));
    }
  }

  boolean reusable() {
    return channel != null && channel.isActive() && exchange != null && exchange.reusable();
  }

  @Nullable Channel channel() {
    return channel;
  }

  /** How long nothing came, in nanoseconds. */
  long quietNanos(long nowNanos) {
    return nowNanos - activeAtNanos;
  }

  /** Stops reading for good, without a word to the server. */
  @Nullable Channel stopReading() {
    silent = true;
    Channel open = channel;
    if (open != null) {
      var unused = open.config().setAutoRead(false);
    }
    return open;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (pace != null) {
      ctx.read();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
    ByteBuf read = (ByteBuf) message;
    try {
      readNow += read.readableBytes();
      activeAtNanos = System.nanoTime();
      Exchange current = exchange;
      if (silent || current == null) {
        return;
      }
      if (current.over()) {
        // Bytes without a request: what follows on this connection cannot be trusted.
        var unused = ctx.close();
        return;
      }
      current.read(read);
      if (drain != null) {
        drain.drain(ctx.channel(), current);
      }
    } finally {
      read.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ReadPace limit = pace;
    if (limit == null || silent) {
      return;
    }
    long busy = limit.busyNanosAfter(readNow, System.nanoTime());
    readNow = 0;
    if (busy == 0) {
      ctx.read();
    } else {
      var unused = ctx.executor().schedule(() -> readOn(ctx), busy, TimeUnit.NANOSECONDS);
    }
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (!silent && ctx.channel().isActive()) {
      activeAtNanos = System.nanoTime();
      ctx.read();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    lost(null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    lost(new Failure(Failure.Kind.RESET, String.valueOf(cause.getMessage())));
    var unused = ctx.close();
  }

  private void lost(@Nullable Failure failure) {
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      wire.lost(current, reused, failure);
    }
  }
}
