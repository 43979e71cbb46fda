package io.sluice.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.sluice.metrics.RequestListener;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.http.RouteTable;
import io.sluice.server.http.Senders;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.telemetry.Instruments;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port that answers the routes of the image port. */
final class ImagePort {
  private static final int BACKLOG = 4096;

  /**
   * Requests are small; what a client sends ahead of its turn is read in pieces of this size at
   * most, in bytes.
   */
  private static final int LARGEST_READ = 16 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(ImagePort.class);

  private final Transport transport;
  private final ServerBootstrap bootstrap;

  /**
   * What is behind a port.
   *
   * @param proxies whose word is taken for who asks
   * @param connections takes in every open connection
   * @param listener told of every exchange; null when nothing is recorded
   */
  record Behind(
      RouteTable routes,
      Senders senders,
      ServerConfig.Timeouts timeouts,
      Proxies proxies,
      ChannelGroup connections,
      Instruments instruments,
      @Nullable RequestListener listener) {}

  /** A port that does not listen yet. */
  ImagePort(Transport transport, ImageLoops loops, Behind behind) {
    this.transport = transport;
    ServerPipeline pipeline =
        new ServerPipeline(
            new ServerPipeline.Setup(
                behind.routes(),
                behind.senders(),
                behind.timeouts().request(),
                behind.timeouts().idle(),
                behind.timeouts().stall(),
                behind.connections(),
                behind.instruments().connectionCounter(),
                behind.listener(),
                behind.proxies(),
                behind.instruments().timeoutCounters()));
    bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 2048, LARGEST_READ))
            .childHandler(pipeline);
  }

  /** Listens; the outcome is there when this returns. */
  ChannelFuture open(InetSocketAddress address) {
    return bootstrap.bind(address).awaitUninterruptibly();
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
