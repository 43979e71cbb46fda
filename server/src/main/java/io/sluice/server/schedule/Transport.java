package io.sluice.server.schedule;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The ways of the operating system to wait for sockets and to write to them. */
public enum Transport {
  /** Linux epoll through Netty's native library; files leave by {@code sendfile}. */
  EPOLL {
    @Override
    public @Nullable Throwable unavailability() {
      return Epoll.unavailabilityCause();
    }

    @Override
    public IoHandlerFactory ioHandlers() {
      return HalfClosedEpoll.newFactory();
    }

    @Override
    public Class<? extends ServerChannel> serverChannel() {
      return EpollServerSocketChannel.class;
    }

    @Override
    void limitUnsent(Channel channel, long bytes) {
      channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, bytes);
    }

    @Override
    public boolean setCongestionControl(Channel channel, String algorithm) {
      byte[] name = Arrays.copyOf(algorithm.getBytes(US_ASCII), TCP_CONGESTION.length());
      try {
        return channel.config().setOption(TCP_CONGESTION, ByteBuffer.wrap(name));
      } catch (ChannelException refused) {
        return false;
      }
    }
  },
  /** The JDK's own selector, everywhere. */
  NIO {
    @Override
    public @Nullable Throwable unavailability() {
      return null;
    }

    @Override
    public IoHandlerFactory ioHandlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    public Class<? extends ServerChannel> serverChannel() {
      return NioServerSocketChannel.class;
    }
  },
  /** Linux io_uring; files leave by {@code splice}. */
  IO_URING {
    @Override
    public @Nullable Throwable unavailability() {
      return IoUring.unavailabilityCause();
    }

    @Override
    public IoHandlerFactory ioHandlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    public Class<? extends ServerChannel> serverChannel() {
      return IoUringServerSocketChannel.class;
    }

    @Override
    void limitUnsent(Channel channel, long bytes) {
      channel.config().setOption(IoUringChannelOption.TCP_NOTSENT_LOWAT, bytes);
    }
  };

  /** See tcp(7); of {@code IPPROTO_TCP}, with a value of {@code TCP_CA_NAME_MAX} bytes. */
  static final RawUnixChannelOption TCP_CONGESTION =
      new RawUnixChannelOption("TCP_CONGESTION", 6, 13, 16);

  /** See tcp(7); of {@code IPPROTO_TCP}. */
  private static final IntegerUnixChannelOption NOT_SENT_LOWAT =
      new IntegerUnixChannelOption("TCP_NOTSENT_LOWAT", 6, 25);

  /** Why this transport cannot be used on this machine, or null when it can. */
  public abstract @Nullable Throwable unavailability();

  /** Makes what an event loop of this transport waits with. */
  public abstract IoHandlerFactory ioHandlers();

  /** Whether an open connection can go from one event loop to another. */
  public boolean canMoveConnections() {
    // io_uring ends a registration only when the kernel has answered every request that was under
    // way for it.
    return this != IO_URING;
  }

  /** Whether a socket can be told at which rate the kernel may send. */
  public boolean canPace() {
    return this == EPOLL;
  }

  /** Whether {@link #setCongestionControl} does anything. */
  public boolean canSetCongestionControl() {
    return this == EPOLL;
  }

  /**
   * Has a socket take no more when so much of what it took is not on its way yet, see {@code
   * TCP_NOTSENT_LOWAT} of tcp(7); where that cannot be said, it takes what fits into its buffer.
   */
  void limitUnsent(Channel channel, long bytes) {}

  /**
   * Has every socket that is accepted from now on take no more than the least that {@link
   * NotSentLimit} gives, which a transfer raises: else answers that nobody reads fill the memory of
   * the kernel's sockets, which all of a machine share, with up to {@code net.ipv4.tcp_wmem} each.
   *
   * @param listening the socket that listens, whose options its connections have in the beginning
   */
  public void limitUnsentOfAccepted(Channel listening) {
    listening.config().setOption(NOT_SENT_LOWAT, NotSentLimit.LEAST);
  }

  /**
   * Has the kernel control with this algorithm how fast a socket sends, and, when it listens, every
   * socket it accepts from now on; see {@code TCP_CONGESTION} of tcp(7).
   *
   * @return whether the kernel does; it refuses what it does not have and, to those without {@code
   *     CAP_NET_ADMIN}, what {@code net.ipv4.tcp_allowed_congestion_control} does not name
   */
  public boolean setCongestionControl(Channel channel, String algorithm) {
    return false;
  }

  /** The listening socket of this transport. */
  public abstract Class<? extends ServerChannel> serverChannel();

  /** Epoll where its native library loads, else NIO. */
  public static Transport best() {
    return EPOLL.unavailability() == null ? EPOLL : NIO;
  }
}
