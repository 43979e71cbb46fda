package io.sluice.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.sluice.metrics.RequestListener;
import io.sluice.metrics.RequestTimingHandler;
import io.sluice.server.http.arrival.ArrivalHandler;
import io.sluice.server.http.arrival.Proxies;
import io.sluice.server.http.arrival.ProxyHeaderDetector;
import io.sluice.server.http.connection.ConnectionMemory;
import io.sluice.server.http.connection.HandshakeEnd;
import io.sluice.server.http.connection.PortRoom;
import io.sluice.server.http.connection.RecordMeter;
import io.sluice.server.http.connection.TimeoutCounters;
import io.sluice.server.http.connection.TlsHandlers;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of a connection, in order. This is the only place that adds handlers to a new
 * connection.
 */
public final class ServerPipeline extends ChannelInitializer<Channel> {

  /**
   * How long a connection may take.
   *
   * @param request from the first byte of a request, or from the beginning of the connection, until
   *     the request is complete
   * @param idle between two requests
   * @param stall without a byte moving, while an answer is being sent
   */
  public record Timeouts(Duration request, Duration idle, Duration stall) {}

  /**
   * What the connections of a port have in common.
   *
   * @param senders what answers are sent by
   * @param timeouts of each connection
   * @param connections every open connection
   * @param connectionCounter counts connections, sits first; null when nothing is counted
   * @param requestListener told of every exchange; null for none, then no exchange is timed
   * @param proxies that are believed what they say of clients
   * @param timeoutCounters counts connections that were closed by one of the time-outs
   * @param room what they may take of the server
   * @param tls what connections with TLS have; null for those without
   */
  public record Setup(
      RouteTable routes,
      Senders senders,
      Timeouts timeouts,
      ChannelGroup connections,
      @Nullable ChannelHandler connectionCounter,
      @Nullable RequestListener requestListener,
      Proxies proxies,
      TimeoutCounters timeoutCounters,
      PortRoom room,
      @Nullable TlsHandlers tls) {
    /** The same with TLS. */
    public Setup with(TlsHandlers handlers) {
      return new Setup(
          routes,
          senders,
          timeouts,
          connections,
          connectionCounter,
          requestListener,
          proxies,
          timeoutCounters,
          room,
          handlers);
    }
  }

  private final Setup setup;

  /** Serves these routes. */
  public ServerPipeline(Setup setup) {
    this.setup = setup;
  }

  @Override
  protected void initChannel(Channel channel) {
    setup.connections().add(channel);
    ChannelPipeline pipeline = channel.pipeline();
    ConnectionMemory memory =
        new ConnectionMemory(
            setup.room().requests(),
            () ->
                channel
                    .eventLoop()
                    .execute(() -> pipeline.fireUserEventTriggered(ExchangeHandler.GIVE_UP)));
    RequestDecoder decoder = new RequestDecoder(memory, setup.room().turns());
    ExchangeHandler exchanges =
        new ExchangeHandler(
            decoder, memory, setup.senders(), setup.timeouts(), setup.timeoutCounters());
    ChannelHandler counter = setup.connectionCounter();
    if (counter != null) {
      pipeline.addLast("connections", counter);
    }
    if (channel.remoteAddress() instanceof InetSocketAddress peer
        && setup.proxies().trusts(peer.getAddress())) {
      pipeline.addLast("proxy-detector", new ProxyHeaderDetector());
    }
    TlsHandlers tls = setup.tls();
    if (tls != null) {
      pipeline.addLast("records", new RecordMeter(memory));
      pipeline.addLast("tls", tls.tls(channel.alloc()));
      pipeline.addLast("handshake-end", new HandshakeEnd(tls));
    }
    pipeline.addLast("deadlines", exchanges.deadlines());
    pipeline.addLast("decoder", decoder);
    pipeline.addLast("encoder", new HttpResponseEncoder());
    pipeline.addLast("arrival", new ArrivalHandler(setup.proxies(), setup.routes()::route));
    RequestListener listener = setup.requestListener();
    if (listener != null) {
      pipeline.addLast("timing", new RequestTimingHandler(ServerPipeline::endpointLabel, listener));
    }
    pipeline.addLast("exchanges", exchanges);
  }

  private static String endpointLabel(HttpRequest head) {
    return ((RoutedRequest) head).endpointClass().label();
  }

  /** Asks every connection of a group to finish what it is doing and to close. */
  public static void drain(ChannelGroup connections) {
    for (Channel connection : connections) {
      connection
          .eventLoop()
          .execute(() -> connection.pipeline().fireUserEventTriggered(ExchangeHandler.DRAIN));
    }
  }
}
