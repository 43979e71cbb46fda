package io.sluice.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.schedule.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port that answers the routes of a table. */
final class HttpPort {
  private static final int BACKLOG = 4096;

  /**
   * Requests are small; what a client sends ahead of its turn is read in pieces of this size at
   * most, in bytes.
   */
  private static final int LARGEST_READ = 16 * 1024;

  /**
   * A new client waits in the backlog behind all that came before it, so many of them are taken
   * before the loop looks at its other sockets: some milliseconds of work.
   */
  private static final int MOST_ACCEPTS = 64;

  /** A new connection must not make room for others before its request was looked for. */
  private static final int PARTS_ACCEPTED = 8;

  private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

  private final Transport transport;
  private final ServerBootstrap bootstrap;

  /** A port that does not listen yet. */
  HttpPort(Transport transport, EventLoopGroup loops, ServerPipeline.Setup setup) {
    this.transport = transport;
    bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(128).maxMessagesPerRead(accepts(setup)))
            .handler(setup.room().connections())
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 2048, LARGEST_READ))
            .childHandler(new ServerPipeline(setup));
  }

  private static int accepts(ServerPipeline.Setup setup) {
    int limit = setup.room().connections().limit();
    return Math.max(1, Math.min(MOST_ACCEPTS, limit / PARTS_ACCEPTED));
  }

  /** Listens; the outcome is there when this returns. */
  ChannelFuture open(InetSocketAddress address) {
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (bound.isSuccess()) {
      transport.limitUnsentOfAccepted(bound.channel());
    }
    return bound;
  }

  /**
   * Has connections use the first of these algorithms that the kernel grants, and says so when it
   * grants none.
   *
   * @param listening the port, open
   * @param algorithms the best one first; none for the one the system has
   */
  void chooseCongestionControl(Channel listening, List<String> algorithms) {
    if (transport.canSetCongestionControl()
        && !algorithms.isEmpty()
        && algorithms.stream().noneMatch(name -> transport.setCongestionControl(listening, name))) {
      LOG.warn(
          "congestion-control: {} (expected: one that the kernel has and allows, see sysctl"
              + " net.ipv4.tcp_available_congestion_control and tcp_allowed_congestion_control);"
              + " the system's own is used",
          String.join(",", algorithms));
    }
  }
}
