package io.sluice.server.warmup;

import io.netty.channel.ChannelFuture;
import io.sluice.server.demo.TemporaryFolder;
import io.sluice.server.os.JvmThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers some hundred requests of its own right after the server has started, for about a second.
 * Code that has hardly run yet is interpreted: the first scripts of a storm would take a hundred
 * times as long as later ones, because their answering waits for the compiler on a machine that is
 * full of transfers.
 *
 * <p>The requests come over a port of their own on the loopback address; their files are in a
 * temporary folder, and they are not counted.
 */
public final class WarmUp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** By then a script takes a tenth of the time the first one took. */
  private static final int ROUNDS = 600;

  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

  private static final int PATIENCE_MILLIS = 2000;

  private volatile @Nullable Thread thread;

  /** The port that is asked. */
  @FunctionalInterface
  public interface Port {
    /** Listens there; the outcome is there when this returns. */
    ChannelFuture open(InetSocketAddress address);
  }

  /**
   * Begins, and returns at once.
   *
   * @param port makes what is asked, for the files below a folder
   */
  public void begin(Function<Path, Port> port) {
    Thread begun = new Thread(() -> run(port), "sluice-warm-up");
    begun.setDaemon(true);
    thread = begun;
    begun.start();
  }

  /** Ends it, if it still goes on, and waits until its folder is gone. */
  @Override
  public void close() {
    Thread begun = thread;
    if (begun != null) {
      begun.interrupt();
      try {
        begun.join(PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(Function<Path, Port> port) {
    try (TemporaryFolder folder = TemporaryFolder.make("sluice-warm-up-")) {
      WarmUpRequests.fill(folder.path());
      perform(port.apply(folder.path()));
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("the warm-up ended early", e);
    } finally {
      JvmThreads.arrange(); // The compiler has worked at full speed until now.
    }
  }

  private static void perform(Port port) throws IOException {
    ChannelFuture opened = port.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    if (opened.isSuccess()) {
      try {
        InetSocketAddress address = (InetSocketAddress) opened.channel().localAddress();
        askAll(new WarmUpClient(address, PATIENCE_MILLIS));
      } finally {
        opened.channel().close().awaitUninterruptibly();
      }
    }
  }

  private static void askAll(WarmUpClient client) throws IOException {
    long begun = System.nanoTime();
    for (int round = 0;
        round < ROUNDS
            && System.nanoTime() - begun < LONGEST_NANOS
            && !Thread.currentThread().isInterrupted();
        round++) {
      String request = WarmUpRequests.ALL.get(round % WarmUpRequests.ALL.size());
      if (request.equals(WarmUpRequests.SCRIPT)) {
        client.askAndHangUp(request);
      }
      client.ask(request);
    }
  }
}
