package io.sluice.bench.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One event loop of the generator, and the buffer all its connections read into. */
public final class ClientLoop {
  /**
   * What one read may bring. 256 KiB stay in the second-level cache of today's CPUs; larger reads
   * were slower (README, "The generator's own speed").
   */
  private static final int READ_BYTES = 256 * 1024;

  /** Where the rest is thrown away unread, a read brings little more than an answer's head. */
  private static final int HEAD_READ_BYTES = 4 * 1024;

  /** One connection is read this often in a row before the next one gets its turn. */
  private static final int READS_IN_A_ROW = 4;

  /** A slow machine reads about this often a second. */
  private static final int PACED_READS_PER_SECOND = 20;

  private static final int PACED_READ_FLOOR = 4 * 1024;

  private final EventLoop loop;
  private final ClientSettings settings;
  private final SharedReadBuffer buffer;
  private final Bootstrap bootstrap;
  private final @Nullable SpliceDrain drain;

  ClientLoop(EventLoop loop, Class<? extends Channel> channelType, ClientSettings settings) {
    this.loop = loop;
    this.settings = settings;
    boolean paced = settings.bytesPerSecond() > 0;
    boolean unread = channelType == EpollSocketChannel.class && !paced && !settings.verify();
    this.drain = unread ? new SpliceDrain() : null;
    int chunk =
        paced ? pacedChunk(settings.bytesPerSecond()) : unread ? HEAD_READ_BYTES : READ_BYTES;
    this.buffer = new SharedReadBuffer(chunk, paced ? 1 : READS_IN_A_ROW);
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .option(ChannelOption.RECVBUF_ALLOCATOR, buffer)
            .option(ChannelOption.AUTO_READ, !paced)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) Math.min(Integer.MAX_VALUE, settings.timeout().toMillis()));
    if (paced) {
      // The kernel must not take in what the machine could not: the server has to feel the pace.
      bootstrap.option(ChannelOption.SO_RCVBUF, 2 * chunk);
    }
  }

  private static int pacedChunk(long bytesPerSecond) {
    return (int)
        Math.max(PACED_READ_FLOOR, Math.min(READ_BYTES, bytesPerSecond / PACED_READS_PER_SECOND));
  }

  /** A wire to that place; use it on this loop only. */
  public ChannelWire wire(Endpoint endpoint) {
    return new ChannelWire(loop, bootstrap, endpoint, settings, drain);
  }

  /** Runs a task on the loop. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /** Runs a task on the loop and gives its result. */
  public <T> Future<T> call(Callable<T> task) {
    return loop.submit(task);
  }

  /** Runs a task on the loop after some nanoseconds. */
  public void later(long delayNanos, Runnable task) {
    var unused = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  /** What the loop's thread has spent until now. */
  public Future<LoopClock> clock() {
    return loop.submit(LoopClock::ofThisThread);
  }

  void release() {
    buffer.release();
    if (drain != null) {
      drain.close();
    }
  }
}
