package io.sluice.bench.client;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Throws away what a socket holds without copying it: the kernel moves the pages through a pipe
 * into {@code /dev/null}. One for each event loop. It takes less than half of the CPU time that
 * reading takes (README, "The generator's own speed").
 */
final class SpliceDrain {
  /** A pipe takes no more at once; Java cannot make it larger. */
  private static final int PIPE_BYTES = 64 * 1024;

  /** After this much the other connections of the loop get their turn. */
  private static final int TURN_BYTES = 1024 * 1024;

  private final FileDescriptor pipeEnd;
  private final FileDescriptor pipeStart;
  private final FileDescriptor nowhere;

  SpliceDrain() {
    try {
      FileDescriptor[] pipe = FileDescriptor.pipe();
      pipeEnd = pipe[0];
      pipeStart = pipe[1];
      nowhere = FileDescriptor.from("/dev/null");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /**
   * Throws away a pipe's fill.
   *
   * @param atMost bytes that may be taken
   * @return how many were; 0 when there is nothing now, or nothing any more
   */
  private int once(EpollSocketChannel channel, long atMost) throws IOException {
    long wanted = Math.min(PIPE_BYTES, atMost);
    int taken = Native.splice(channel.fd().intValue(), -1, pipeStart.intValue(), -1, wanted);
    for (int left = taken; left > 0; ) {
      left -= Native.splice(pipeEnd.intValue(), -1, nowhere.intValue(), -1, left);
    }
    return taken;
  }

  /** Throws away what has come of an exchange's body, up to a turn's worth. */
  void drain(Channel channel, Exchange exchange) throws IOException {
    EpollSocketChannel socket = (EpollSocketChannel) channel;
    for (int turn = 0; turn < TURN_BYTES && exchange.skippable() > 0 && socket.isOpen(); ) {
      int taken = once(socket, exchange.skippable());
      if (taken == 0) {
        return;
      }
      turn += taken;
      exchange.skipped(taken);
    }
  }

  void close() {
    for (FileDescriptor descriptor : new FileDescriptor[] {pipeEnd, pipeStart, nowhere}) {
      try {
        descriptor.close();
      } catch (IOException gone) {
        throw new UncheckedIOException(gone);
      }
    }
  }
}
