package io.sluice.server.schedule;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * The event loops of the image port. They look at their sockets at least every few turns of the
 * transfers they carry.
 */
public final class ImageLoops extends MultiThreadIoEventLoopGroup {
  /**
   * How long a loop runs tasks, turns of transfers among them, before it looks at its sockets
   * again. Netty's own default of a second lets a loop full of transfers forget them for as long.
   */
  private static final long TASK_QUANTUM_MS = 1;

  /**
   * Starts no thread yet.
   *
   * @param name what the loops are for, part of their threads' names
   * @param count number of loops, at least 1
   * @param begun makes what a thread runs of what the loop has for it to run
   */
  public ImageLoops(String name, int count, Transport transport, UnaryOperator<Runnable> begun) {
    super(
        count,
        new DefaultThreadFactory("sluice-" + name) {
          @Override
          public Thread newThread(Runnable loop) {
            return super.newThread(begun.apply(loop));
          }
        },
        transport.ioHandlers());
  }

  /** A loop that counts its rounds. */
  private static final class Loop extends SingleThreadIoEventLoop {
    private volatile long rounds;

    Loop(ImageLoops all, Executor executor, IoHandlerFactory factory) {
      super(
          all,
          executor,
          factory,
          Integer.MAX_VALUE,
          RejectedExecutionHandlers.reject(),
          TASK_QUANTUM_MS);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the loop's own thread counts
    protected int runIo() {
      int handled = super.runIo();
      rounds++;
      return handled;
    }

    long rounds() {
      return rounds;
    }
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... args) {
    return new Loop(this, executor, factory);
  }

  /** How often one of the loops has looked at its sockets and handled what it found. */
  long rounds() {
    long sum = 0;
    for (EventExecutor each : this) {
      sum += ((Loop) each).rounds();
    }
    return sum;
  }
}
