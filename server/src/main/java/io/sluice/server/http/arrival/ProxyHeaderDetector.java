package io.sluice.server.http.arrival;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.ProtocolDetectionState;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.List;

/**
 * Looks whether a connection begins with a header of the PROXY protocol, and makes room for its
 * decoder if so. Sits before the decoder of requests on connections from trusted proxies only, and
 * leaves once it knows.
 */
public final class ProxyHeaderDetector extends ByteToMessageDecoder {
  /** For what a proxy adds to the addresses, such as the name of a certificate, in bytes. */
  private static final int LARGEST_ADDITION = 4096;

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    byte first = in.getByte(in.readerIndex());
    ProtocolDetectionState state =
        first == 'P' || first == '\r'
            ? HAProxyMessageDecoder.detectProtocol(in).state()
            : ProtocolDetectionState.INVALID;
    if (state == ProtocolDetectionState.NEEDS_MORE_DATA) {
      return;
    }
    if (state == ProtocolDetectionState.DETECTED) {
      ctx.pipeline()
          .addAfter(ctx.name(), "proxy-header", new HAProxyMessageDecoder(LARGEST_ADDITION));
    }
    ctx.pipeline().remove(this);
  }
}
