package io.sluice.server.http.connection;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Counts the bytes of a record of TLS that has not come in full, because the handler behind this
 * one keeps them until it has (RFC 8446 §5.1): 16 KiB of a client that sends no more. What is no
 * TLS is counted as if it were, until that handler says so.
 */
public final class RecordMeter extends ChannelInboundHandlerAdapter {
  private static final int HEADER_BYTES = 5;

  /** Where the header of a record has its length, in two bytes. */
  private static final int LENGTH_AT = 3;

  private final ConnectionMemory memory;
  private int headerBytes;
  private int length;
  private int left;

  /** Of one connection. */
  public RecordMeter(ConnectionMemory memory) {
    this.memory = memory;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      follow(bytes);
      if (!memory.record(left == 0 ? 0 : HEADER_BYTES + length - left)) {
        bytes.release();
        ctx.close();
        return;
      }
    }
    ctx.fireChannelRead(message);
  }

  private void follow(ByteBuf bytes) {
    int at = bytes.readerIndex();
    while (at < bytes.writerIndex()) {
      if (left > 0) {
        int some = Math.min(left, bytes.writerIndex() - at);
        left -= some;
        at += some;
      } else {
        header(bytes.getUnsignedByte(at++));
      }
    }
  }

  private void header(int next) {
    length = headerBytes < LENGTH_AT ? 0 : (length << 8) | next;
    headerBytes++;
    if (headerBytes == HEADER_BYTES) {
      headerBytes = 0;
      left = length;
    }
  }
}
