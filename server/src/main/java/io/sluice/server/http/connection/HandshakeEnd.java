package io.sluice.server.http.connection;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;

/**
 * Tells how the handshake of a connection ended, and answers a client that does not speak TLS in
 * plain words. Sits behind the handler of TLS; what goes wrong in that ends here, where it is known
 * to be no fault of the server.
 */
public final class HandshakeEnd extends ChannelInboundHandlerAdapter {
  private static final String PLAIN_WORDS = "this port speaks TLS (expected: https in the URL)\n";

  private static final byte[] SPEAK_TLS =
      String.join(
              "\r\n",
              "HTTP/1.1 400 Bad Request",
              "Content-Type: text/plain; charset=utf-8",
              "Connection: close",
              "Content-Length: " + PLAIN_WORDS.length(),
              "",
              PLAIN_WORDS)
          .getBytes(StandardCharsets.US_ASCII);

  private final TlsHandlers handlers;

  /** Of one connection. */
  public HandshakeEnd(TlsHandlers handlers) {
    this.handlers = handlers;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent end) {
      TlsHandlers.Handshake how = outcome(end);
      handlers.ended(how);
      if (how == TlsHandlers.Handshake.DONE) {
        acknowledge(ctx.channel());
      }
      if (how == TlsHandlers.Handshake.NOT_TLS) {
        // Written before that handler, which closes the connection when this returns.
        ctx.pipeline().context(SslHandler.class).writeAndFlush(Unpooled.wrappedBuffer(SPEAK_TLS));
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  /**
   * Has the kernel acknowledge the end of the handshake at once. A client that gathers small
   * segments (RFC 1122 §4.2.3.4) sends its request only then, and the kernel waits for 40 ms with
   * it for something to send along.
   */
  private static void acknowledge(Channel channel) {
    try {
      if (channel instanceof EpollSocketChannel epoll) {
        epoll.config().setTcpQuickAck(true);
      } else if (channel instanceof IoUringSocketChannel ring) {
        ring.config().setOption(IoUringChannelOption.TCP_QUICKACK, true);
      }
    } catch (ChannelException gone) {
      // Then its client is, too.
    }
  }

  private static TlsHandlers.Handshake outcome(SslHandshakeCompletionEvent end) {
    if (end.isSuccess()) {
      return TlsHandlers.Handshake.DONE;
    }
    if (end.cause() instanceof NotSslRecordException) {
      return TlsHandlers.Handshake.NOT_TLS;
    }
    return end.cause() instanceof SslHandshakeTimeoutException
        ? TlsHandlers.Handshake.TIMEOUT
        : TlsHandlers.Handshake.FAILED;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean ofTls =
        cause instanceof SSLException
            || (cause instanceof DecoderException && cause.getCause() instanceof SSLException);
    ctx.fireExceptionCaught(ofTls ? new IOException("TLS", cause) : cause);
  }
}
