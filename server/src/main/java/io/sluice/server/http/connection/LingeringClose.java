package io.sluice.server.http.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that its last answer arrives. A socket that is closed with unread bytes in
 * it resets the connection, and the client may lose what it has not read yet (RFC 9112 §9.6). So
 * the sending side is closed first, then what still comes is thrown away until the client closes
 * too, or for a bounded time. Put first in the pipeline, where nothing is decoded any more.
 */
public final class LingeringClose extends ChannelInboundHandlerAdapter {
  private static final long LONGEST_SECONDS = 2;

  private LingeringClose() {}

  /** Begins to close a connection whose last answer has been handed to the operating system. */
  public static void begin(Channel channel) {
    if (channel.isActive()) {
      channel.pipeline().addFirst("lingering-close", new LingeringClose());
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    DuplexChannel channel = (DuplexChannel) ctx.channel();
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    if (tls == null) {
      channel.shutdownOutput();
    } else {
      // Its last record tells the client that nothing was cut off (RFC 8446 §6.1).
      tls.closeOutbound().addListener(told -> channel.shutdownOutput());
    }
    Future<?> limit = ctx.executor().schedule(() -> ctx.close(), LONGEST_SECONDS, TimeUnit.SECONDS);
    ctx.channel().closeFuture().addListener(closed -> limit.cancel(false));
    ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      ctx.close();
    }
  }
}
