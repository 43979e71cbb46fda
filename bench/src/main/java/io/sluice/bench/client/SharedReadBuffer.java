package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Gives every read of an event loop the same direct buffer. What is read is thrown away before the
 * next read begins, so a thousand connections need the memory of one, and the kernel copies into
 * lines that are still in the CPU's cache.
 */
final class SharedReadBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
  private final ByteBuf buffer;

  /**
   * A buffer for one event loop.
   *
   * @param capacity bytes a read may bring
   * @param readsInARow how often one connection is read before the next one gets its turn
   */
  SharedReadBuffer(int capacity, int readsInARow) {
    super(readsInARow);
    buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(capacity, capacity);
  }

  /** Gives the memory back; no connection may use it any more. */
  void release() {
    buffer.release();
  }

  @Override
  @SuppressWarnings("deprecation") // The interface every Netty 4 channel still asks for.
  public Handle newHandle() {
    return new SharedHandle();
  }

  private final class SharedHandle extends MaxMessageHandle {
    @Override
    public int guess() {
      return buffer.capacity();
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator alloc) {
      if (buffer.refCnt() != 1) {
        throw new IllegalStateException("a handler kept the read buffer (expected: released)");
      }
      return buffer.clear().retain();
    }
  }
}
