package io.sluice.metrics;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;

/** Stands in for codec and socket: keeps every write until the test says how it went. */
final class Wire extends ChannelOutboundHandlerAdapter {
  private record Waiting(Object message, ChannelPromise promise) {}

  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    waiting.add(new Waiting(msg, promise));
  }

  int size() {
    return waiting.size();
  }

  /** The oldest write leaves. */
  void succeed() {
    Waiting write = waiting.remove();
    ReferenceCountUtil.release(write.message());
    write.promise().setSuccess();
  }

  /** All writes leave, in order. */
  void succeedAll() {
    while (!waiting.isEmpty()) {
      succeed();
    }
  }

  /** The oldest write fails; like Netty it releases the message first. */
  void fail(Throwable cause) {
    Waiting write = waiting.remove();
    ReferenceCountUtil.release(write.message());
    write.promise().setFailure(cause);
  }

  void failAll(Throwable cause) {
    while (!waiting.isEmpty()) {
      fail(cause);
    }
  }
}
