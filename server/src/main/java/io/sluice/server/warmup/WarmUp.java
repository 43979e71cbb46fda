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
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers some thousand requests of its own right after the server has started. Code that has
 * hardly run yet is interpreted: the first scripts of a storm would take a hundred times as long as
 * later ones, because their answering waits for the compiler on a machine that is full of
 * transfers.
 *
 * <p>The requests come over a port of their own on the loopback address; their files are in a
 * temporary folder, and nobody counts them. They come in two acts. The first lasts about a second
 * and goes as fast as it can; most of what answers a script is compiled then. The second goes on at
 * half that speed, and not while images are sent. Something is made from an image first, which
 * loads what that needs, native libraries among it. Then the same requests as before, until the
 * compilers have seen enough: the more they have to do, the more often they want to have seen a
 * method, and in the first act they have much to do.
 */
public final class WarmUp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);

  /** By then a script takes a tenth of the time the first one took. */
  private static final int FIRST_ROUNDS = 600;

  /**
   * By then next to nothing that a script or an image needs is left to the compilers for their
   * storms, see {@code -Xlog:jit+compilation=debug}; where there is an optimising one, it is done.
   */
  public static final int ALL_ROUNDS = 9000;

  private static final long LONGEST_FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

  /** The compiler begins more threads when it has much to do: how often they are looked for. */
  private static final int ROUNDS_PER_LOOK = 500;

  /** How often it is looked whether images are still sent. */
  private static final long PAUSE_MILLIS = 200;

  /** An image is asked for once in so many rounds. */
  private static final int ROUNDS_PER_IMAGE = 20;

  /** Many ask for it at once, as in a storm, once in so many rounds of the second act. */
  private static final int ROUNDS_PER_CROWD = 1000;

  private static final int CROWD = 64;

  private static final int PATIENCE_MILLIS = 2000;

  private final BooleanSupplier imagesAreSent;
  private final int rounds;
  private volatile @Nullable Thread thread;

  /**
   * A rehearsal that has not begun.
   *
   * @param imagesAreSent whether the server sends images to others
   * @param rounds how many requests, normally {@link #ALL_ROUNDS}
   */
  public WarmUp(BooleanSupplier imagesAreSent, int rounds) {
    this.imagesAreSent = imagesAreSent;
    this.rounds = rounds;
  }

  /**
   * What is rehearsed with.
   *
   * @param finish waits until what was asked for by then is made
   * @param end ends what is behind the port, and waits for it
   */
  public record Stage(
      Function<InetSocketAddress, ChannelFuture> port, Runnable finish, Runnable end) {}

  /**
   * Begins, and returns at once.
   *
   * @param stage makes what is asked, for the files below a folder
   */
  public void begin(Function<Path, Stage> stage) {
    Thread begun = new Thread(() -> run(stage), "sluice-rehearsal");
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

  private void run(Function<Path, Stage> stages) {
    try (TemporaryFolder folder = TemporaryFolder.make("sluice-rehearsal-")) {
      WarmUpRequests.fill(folder.path());
      Stage stage = stages.apply(folder.path());
      try {
        perform(stage.port());
        stage.finish().run();
      } finally {
        // What ends has to end in peace, also for who is in a hurry: its files are deleted next.
        boolean hurry = Thread.interrupted();
        stage.end().run();
        if (hurry) {
          Thread.currentThread().interrupt();
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("rehearsal ended early", e);
    }
  }

  private void perform(Function<InetSocketAddress, ChannelFuture> port) throws IOException {
    ChannelFuture opened = port.apply(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    if (opened.isSuccess()) {
      try {
        InetSocketAddress address = (InetSocketAddress) opened.channel().localAddress();
        WarmUpClient client = new WarmUpClient(address, PATIENCE_MILLIS);
        secondAct(client, firstAct(client));
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      } finally {
        opened.channel().close().awaitUninterruptibly();
      }
    }
  }

  private int firstAct(WarmUpClient client) throws IOException {
    long begun = System.nanoTime();
    int round = 0;
    while (round < Math.min(rounds, FIRST_ROUNDS)
        && System.nanoTime() - begun < LONGEST_FIRST_NANOS
        && !Thread.currentThread().isInterrupted()) {
      play(client, round);
      round++;
    }
    return round;
  }

  private void secondAct(WarmUpClient client, int from) throws IOException, InterruptedException {
    JvmThreads.arrange();
    for (String request : WarmUpRequests.RARE) {
      awaitQuiet();
      client.ask(request);
    }
    for (int round = from; round < rounds; round++) {
      awaitQuiet();
      long begun = System.nanoTime();
      play(client, round);
      TimeUnit.NANOSECONDS.sleep(System.nanoTime() - begun);
      if (round % ROUNDS_PER_CROWD == 0) {
        client.crowd(WarmUpRequests.IMAGE, CROWD);
      }
      if (round % ROUNDS_PER_LOOK == 0) {
        JvmThreads.arrange();
      }
    }
  }

  private void awaitQuiet() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the server ends");
    }
    while (imagesAreSent.getAsBoolean()) {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  private static void play(WarmUpClient client, int round) throws IOException {
    String request = WarmUpRequests.SMALL.get(round % WarmUpRequests.SMALL.size());
    if (request.equals(WarmUpRequests.SCRIPT)) {
      client.askAndHangUp(request);
    }
    client.ask(request);
    if (round % ROUNDS_PER_IMAGE == 0) {
      client.ask(WarmUpRequests.IMAGE);
    }
  }
}
