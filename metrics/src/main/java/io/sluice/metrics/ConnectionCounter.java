package io.sluice.metrics;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts open connections, and those of each watched event loop. First in a child pipeline. What a
 * channel was counted in is kept with the channel, so that every count is taken back exactly once.
 */
@Sharable
final class ConnectionCounter extends ChannelInboundHandlerAdapter {
  private static final AttributeKey<Counted> COUNTED =
      AttributeKey.valueOf(ConnectionCounter.class, "counted");

  private final GaugeDataPoint open;
  private final Map<EventExecutor, WorkerSeries> workers;

  /** Where one channel is counted at the moment; touched on its event loop only. */
  private static final class Counted {
    boolean open;
    @Nullable WorkerSeries worker;
  }

  ConnectionCounter(GaugeDataPoint open, Map<EventExecutor, WorkerSeries> workers) {
    this.open = open;
    this.workers = workers;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    Counted counted = new Counted();
    channel.attr(COUNTED).set(counted);
    if (channel.isRegistered()) {
      registered(counted, channel);
    }
    if (channel.isActive()) {
      opened(counted);
    }
  }

  @Override
  public void channelRegistered(ChannelHandlerContext ctx) {
    registered(counted(ctx), ctx.channel());
    ctx.fireChannelRegistered();
  }

  @Override
  public void channelUnregistered(ChannelHandlerContext ctx) {
    unregistered(counted(ctx));
    ctx.fireChannelUnregistered();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    opened(counted(ctx));
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed(counted(ctx));
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    Counted counted = counted(ctx);
    closed(counted);
    unregistered(counted);
  }

  private static Counted counted(ChannelHandlerContext ctx) {
    return ctx.channel().attr(COUNTED).get();
  }

  private void registered(Counted counted, Channel channel) {
    WorkerSeries worker = workers.get(channel.eventLoop());
    if (counted.worker == null && worker != null) {
      counted.worker = worker;
      worker.connections().inc();
    }
  }

  private static void unregistered(Counted counted) {
    WorkerSeries worker = counted.worker;
    if (worker != null) {
      counted.worker = null;
      worker.connections().dec();
    }
  }

  private void opened(Counted counted) {
    if (!counted.open) {
      counted.open = true;
      open.inc();
    }
  }

  private void closed(Counted counted) {
    if (counted.open) {
      counted.open = false;
      open.dec();
    }
  }
}
