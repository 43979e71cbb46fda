package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Behaves like the end of a pipeline that sends, fails at the part of a number, or stands still,
 * and remembers what it was sent and how that ended.
 */
final class Recipient extends ChannelOutboundHandlerAdapter {
  private static final int TURN = TransferPump.TURN_BYTES;

  final List<Long> parts = new ArrayList<>();
  final List<String> endings = new ArrayList<>();
  final ByteArrayOutputStream body = new ByteArrayOutputStream();
  int failAt = -1;
  Throwable failure = new SocketException("reset by peer");
  boolean standsStill;
  final List<ChannelPromise> unread = new ArrayList<>();
  int flushes;
  private boolean ended;

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws IOException {
    assertFalse(ended, "nothing comes after the last content");
    ended = message instanceof LastHttpContent;
    try {
      if (parts.size() == failAt) {
        promise.setFailure(failure);
      } else if (standsStill) {
        unread.add(promise);
      } else {
        take(message);
        promise.setSuccess();
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void take(Object message) throws IOException {
    if (message instanceof FileRegion region) {
      assertTrue(region.count() > 0 && region.count() <= TURN, "bounded: " + region.count());
      WritableByteChannel out = Channels.newChannel(body);
      while (region.transferred() < region.count()) {
        region.transferTo(out, region.transferred());
      }
      parts.add(region.count());
    } else if (message instanceof HttpContent part && !ended) {
      ByteBuf bytes = part.content();
      assertTrue(bytes.readableBytes() <= TURN, "bounded: " + bytes);
      parts.add((long) bytes.readableBytes());
      body.write(ByteBufUtil.getBytes(bytes));
    } else {
      assertSame(LastHttpContent.EMPTY_LAST_CONTENT, message);
      parts.add(0L);
    }
  }

  /** Goes no further, because at its end the channel would run the tasks of its loop. */
  @Override
  public void flush(ChannelHandlerContext ctx) {
    flushes++;
  }

  /** What a transfer ends with; its ending is remembered. */
  ChannelPromise end(ChannelHandlerContext ctx) {
    return ctx.newPromise()
        .addListener(
            done -> {
              Throwable cause = done.cause();
              boolean ours = cause instanceof BodySourceException;
              endings.add(
                  cause == null ? "sent" : (ours ? "ours: " : "theirs: ") + cause.getMessage());
            });
  }
}
