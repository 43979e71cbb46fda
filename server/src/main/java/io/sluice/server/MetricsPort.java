package io.sluice.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.sluice.server.http.RouteTable;
import io.sluice.server.http.Senders;
import io.sluice.server.http.ServerPipeline;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.http.connection.PortRoom;
import io.sluice.server.http.connection.TlsHandlers;
import io.sluice.server.os.Niceness;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The port for scrapers: the same HTTP server as on the image port, with other routes and an event
 * loop of its own, so that it answers while the loops that serve clients are busy. What it answers
 * is neither counted nor logged.
 */
final class MetricsPort implements AutoCloseable {
  /** Above the 60 s that scrapers are usually set to, so that they keep a connection. */
  private static final Duration IDLE = Duration.ofSeconds(75);

  private static final long CLOSE_SECONDS = 5;

  private final EventLoopGroup loop;
  private final ChannelGroup connections;
  private final Channel listener;

  /**
   * As ready as those of the control loops: a flood of requests must not keep a scraper waiting.
   */
  private static final class PromptThreads extends DefaultThreadFactory {
    PromptThreads() {
      super("sluice-metrics", true);
    }

    @Override
    public Thread newThread(Runnable loop) {
      return super.newThread(Niceness.prompt(loop));
    }
  }

  private MetricsPort(EventLoopGroup loop, ChannelGroup connections, Channel listener) {
    this.loop = loop;
    this.connections = connections;
    this.listener = listener;
  }

  /**
   * Opens the port; it answers when this returns.
   *
   * @param senders not used for anything large: all answers are pages
   * @param tls what its connections have with TLS; empty for a port without
   * @throws IOException with a message for the operator, when nothing can listen there
   */
  static MetricsPort open(
      ListenAddress where,
      Transport transport,
      RouteTable routes,
      Senders senders,
      ServerPipeline.Timeouts timeouts,
      PortRoom room,
      Optional<TlsHandlers> tls)
      throws IOException {
    InetSocketAddress address = where.resolve();
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, new PromptThreads(), transport.ioHandlers());
    ChannelGroup connections =
        new DefaultChannelGroup("metrics-connections", GlobalEventExecutor.INSTANCE, true);
    ServerPipeline.Setup setup =
        new ServerPipeline.Setup(
            routes,
            senders,
            new ServerPipeline.Timeouts(timeouts.request(), IDLE, timeouts.stall()),
            connections,
            null,
            null,
            Proxies.NONE,
            (deadline, headSeen) -> {},
            room,
            null);
    HttpPort port = new HttpPort(transport, loop, tls.map(setup::with).orElse(setup));
    ChannelFuture bound = port.open(address);
    MetricsPort opened = new MetricsPort(loop, connections, bound.channel());
    if (!bound.isSuccess()) {
      opened.close();
      throw where.refused(bound.cause());
    }
    return opened;
  }

  /** Where it listens. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Closes the port and its connections, and waits for a few seconds until its loop has ended. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    connections.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
