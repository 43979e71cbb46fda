package io.sluice.bench.client;

import io.netty.channel.Channel;
import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The generator's event loops: epoll where it loads, else NIO. */
public final class ClientLoops implements AutoCloseable {
  /**
   * Sockets that one call of {@code epoll_wait} tells of. With 5,000 it stays in the kernel for 5
   * ms, and a probe that is due on the same CPU waits as long.
   */
  private static final int MOST_EVENTS = 128;

  private final MultiThreadIoEventLoopGroup group;
  private final List<ClientLoop> loops;

  /**
   * Starts the loops.
   *
   * @param name of the threads
   * @param threads at least 1
   */
  public ClientLoops(String name, int threads, ClientSettings settings) {
    boolean epoll = Epoll.isAvailable();
    group =
        new MultiThreadIoEventLoopGroup(
            threads,
            new DefaultThreadFactory(name, true),
            epoll
                ? EpollIoHandler.newFactory(MOST_EVENTS, DefaultSelectStrategyFactory.INSTANCE)
                : NioIoHandler.newFactory());
    Class<? extends Channel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    loops = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      loops.add(new ClientLoop((EventLoop) group.next(), type, settings));
    }
  }

  /** What carries the bytes, for the conditions of a run. */
  public static String transport() {
    return Epoll.isAvailable() ? "epoll" : "nio";
  }

  /** The loops; machines are spread over them. */
  public List<ClientLoop> loops() {
    return List.copyOf(loops);
  }

  /** Puts the loops' threads before others that want the same CPUs, where that is allowed. */
  public void raisePriority() {
    loops.forEach(loop -> loop.execute(ThreadPriority::raiseThisThread));
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    loops.forEach(ClientLoop::release);
  }
}
