package io.sluice.server.schedule;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What sockets may hold that the kernel could not send yet. A quarter of a MiB keeps one busy
 * between two turns. More makes nothing faster: it is what keeps a loop from coming round to all
 * its connections, so that they are at places of an image far from each other, and what pushes out
 * of the processor's cache what the next system call needs. All sockets of a machine share the
 * memory of {@code net.ipv4.tcp_mem}, see tcp(7); when that runs short the kernel makes every one
 * of them wait, those that ask for scripts too. So where there are many transfers each may hold
 * less. Thread-safe.
 */
final class NotSentLimit {
  /** One socket, in bytes. */
  static final int MOST = 256 * 1024;

  /** One socket however many there are, in bytes. */
  static final int LEAST = 32 * 1024;

  /** All sockets where the kernel does not say how much memory they have, in bytes. */
  private static final long ALL = 128L * 1024 * 1024;

  /** Three numbers of pages: enough, scarce, the most there is. */
  private static final Path TCP_MEMORY = Path.of("/proc/sys/net/ipv4/tcp_mem");

  private static final int PAGE_BYTES = 4096;
  private static final Pattern WHITESPACE = Pattern.compile("\\s+");

  private final Transport transport;
  private final long all;
  private volatile int each = MOST;

  /**
   * Shares so many bytes, as long as that leaves each socket {@link #LEAST}.
   *
   * @param all see {@link #ofThisMachine}
   */
  NotSentLimit(Transport transport, long all) {
    this.transport = transport;
    this.all = all;
  }

  /** A quarter of the bytes that make the kernel call memory scarce. */
  static long ofThisMachine() {
    try {
      String[] pages = WHITESPACE.split(Files.readString(TCP_MEMORY).trim(), -1);
      return Long.parseLong(pages[1]) * PAGE_BYTES / 4;
    } catch (IOException | RuntimeException unknown) {
      return ALL;
    }
  }

  /** There are so many transfers now. */
  void shareAmong(int transfers) {
    int share = (int) Math.max(LEAST, Math.min(MOST, all / Math.max(1, transfers)));
    each = Integer.highestOneBit(share); // so that a few more or less do not change every socket
  }

  /** What a socket may hold, in bytes; a power of two. */
  int each() {
    return each;
  }

  /** Begins to limit a socket. */
  Limit of(Channel channel) {
    return new Limit(channel);
  }

  /** What one socket was told. Used on the loop of its transfer. */
  final class Limit {
    private final Channel channel;
    private int told;

    private Limit(Channel channel) {
      this.channel = channel;
    }

    /** Tells the socket where that has changed. */
    void keepTo() {
      int now = each;
      if (now != told && channel.isOpen()) {
        told = now;
        transport.limitUnsent(channel, now);
      }
    }
  }
}
