package io.sluice.server.http.arrival;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.BiFunction;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out of each request how it came, once, and where it leads, and sends that along with it.
 * Sits behind the decoder and before everything that counts or answers.
 */
public final class ArrivalHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ArrivalHandler.class);
  private static final InetSocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 80);

  private final Proxies proxies;
  private final BiFunction<HttpRequest, Arrival, HttpRequest> router;
  private Proxies.@Nullable Connection connection;

  /** Who the other end is, is known when the first request has come, and not before. */
  private boolean certificateSeen;

  /**
   * Makes the handler of one connection.
   *
   * @param router what is sent on instead of the head of a request
   */
  public ArrivalHandler(Proxies proxies, BiFunction<HttpRequest, Arrival, HttpRequest> router) {
    this.proxies = proxies;
    this.router = router;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HAProxyMessage told) {
      connection = told(told, addresses(ctx));
      told.release();
    } else if (message instanceof HttpRequest head) {
      Arrival arrival = proxies.arrival(head.headers(), named(head), connection(ctx));
      // A head that the decoder refuses comes with an empty body, and nothing after it.
      ReferenceCountUtil.release(message);
      ctx.fireChannelRead(router.apply(head, arrival));
    } else {
      ctx.fireChannelRead(message);
    }
  }

  /** What is known before a handshake: a header of the PROXY protocol comes in front of that. */
  private Proxies.Connection addresses(ChannelHandlerContext ctx) {
    Proxies.Connection known = connection;
    return known != null
        ? known
        : new Proxies.Connection(
            plain(ctx.channel().remoteAddress()).orElse(new InetSocketAddress(0)),
            plain(ctx.channel().localAddress()).orElse(NOWHERE),
            false);
  }

  private Proxies.Connection connection(ChannelHandlerContext ctx) {
    Proxies.Connection known = addresses(ctx);
    if (!certificateSeen) {
      SslHandler tls = ctx.pipeline().get(SslHandler.class);
      known = tls == null ? known : known.secured(certified(tls.engine().getSession()));
      certificateSeen = true;
      connection = known;
    }
    return known;
  }

  /** An address, IPv4 as IPv4 however the socket shows it; empty when the connection is gone. */
  private static Optional<InetSocketAddress> plain(@Nullable SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return Optional.empty();
    }
    try {
      byte[] bytes = inet.getAddress().getAddress();
      InetAddress four = InetAddress.getByAddress(bytes);
      return Optional.of(
          four.getAddress().length == bytes.length
              ? inet
              : new InetSocketAddress(four, inet.getPort()));
    } catch (UnknownHostException impossible) {
      return Optional.of(inet);
    }
  }

  /** A proxy that looks after itself, or does not know, names no other. */
  private static Proxies.Connection told(HAProxyMessage message, Proxies.Connection own) {
    if (message.command() != HAProxyCommand.PROXY
        || message.sourceAddress() == null
        || message.destinationAddress() == null) {
      return own;
    }
    Optional<InetAddress> source = Network.address(message.sourceAddress());
    Optional<InetAddress> destination = Network.address(message.destinationAddress());
    return source.isEmpty() || destination.isEmpty()
        ? own
        : new Proxies.Connection(
            new InetSocketAddress(source.get(), message.sourcePort()),
            new InetSocketAddress(destination.get(), message.destinationPort()),
            true);
  }

  /** Only a certificate that was found good is there. */
  private static String certified(SSLSession session) {
    try {
      return session.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException noneShown) {
      return "";
    }
  }

  /** The Host field, or what a target in absolute form has instead of it (RFC 9112 §3.2.2). */
  private static String named(HttpRequest head) {
    String target = head.uri();
    int authority = target.startsWith("/") ? -1 : target.indexOf("://");
    if (authority < 0) {
      return head.headers().get(HttpHeaderNames.HOST, "");
    }
    return target.substring(authority + "://".length()).split("[/?#]", 2)[0];
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof HAProxyProtocolException) {
      LOG.warn(
          "PROXY protocol from {}: {} (expected: version 1 or 2)",
          ctx.channel().remoteAddress(),
          cause.getMessage());
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
