package io.sluice.server.schedule;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * Keeps one transfer at a rate: its turns come no sooner than the rate has room for them. Where the
 * kernel can, it spreads the packets of a turn over the time until the next one. Used on the loop
 * of the transfer.
 */
final class StreamPace {
  /** {@code SOL_SOCKET}, {@code SO_MAX_PACING_RATE} of socket(7): bytes a second, ~0 for none. */
  private static final ChannelOption<Integer> MAX_PACING_RATE =
      new IntegerUnixChannelOption("SO_MAX_PACING_RATE", 1, 47);

  private static final int UNPACED = -1;

  /** The kernel keeps a little above the rate, so that it never holds up the turns themselves. */
  private static final double KERNEL_SHARE = 1.1;

  /** A turn under a rate lasts this part of a second, so that a slow stream is a steady one. */
  private static final int TURNS_A_SECOND = 20;

  private static final int LEAST_TURN_BYTES = 4096;

  /** A transfer that comes late to its turn makes up for as much, not for more. */
  private static final long MOST_CATCHING_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * How fast each transfer may be.
   *
   * @param bytesPerSecond or 0 for as fast as it can
   * @param kernelPaces whether the transport can ask the kernel to spread packets
   */
  record Rate(long bytesPerSecond, boolean kernelPaces) {
    /** A transfer begins. */
    StreamPace begin(Channel channel) {
      return new StreamPace(this, channel);
    }
  }

  private final Rate rate;
  private final Channel channel;
  private final boolean paced;
  private final Ticker ticker;
  private long dueAt;

  private StreamPace(Rate rate, Channel channel) {
    this.rate = rate;
    this.channel = channel;
    this.ticker = channel.eventLoop().ticker();
    this.dueAt = ticker.nanoTime();
    long kernelRate = (long) (rate.bytesPerSecond() * KERNEL_SHARE);
    paced = rate.kernelPaces() && kernelRate > 0 && kernelRate <= Integer.MAX_VALUE;
    if (paced) {
      channel.config().setOption(MAX_PACING_RATE, (int) kernelRate);
    }
  }

  /** How long a turn may be. */
  int atMost(int most) {
    if (rate.bytesPerSecond() == 0) {
      return most;
    }
    long share = Math.max(LEAST_TURN_BYTES, rate.bytesPerSecond() / TURNS_A_SECOND);
    return (int) Math.min(most, share);
  }

  /** So many bytes have used up their time. */
  void sent(long bytes) {
    if (rate.bytesPerSecond() > 0) {
      long earliest = ticker.nanoTime() - MOST_CATCHING_UP_NANOS;
      dueAt =
          Math.max(dueAt, earliest)
              + (long) ((double) bytes * TimeUnit.SECONDS.toNanos(1) / rate.bytesPerSecond());
    }
  }

  /** Runs something when there is room for the next turn. */
  void whenDue(EventLoop loop, Runnable turn) {
    long nanos = rate.bytesPerSecond() == 0 ? 0 : dueAt - ticker.nanoTime();
    if (nanos > 0) {
      loop.schedule(turn, nanos, TimeUnit.NANOSECONDS);
    } else {
      turn.run();
    }
  }

  /** The transfer is over; what follows on the connection has no limit. */
  void end() {
    if (paced && channel.isOpen()) {
      channel.config().setOption(MAX_PACING_RATE, UNPACED);
    }
  }
}
