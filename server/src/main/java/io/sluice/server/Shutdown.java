package io.sluice.server;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a server: the first SIGTERM or SIGINT lets it finish what it is sending, the second
 * cuts that off, a third ends the process on the spot. SIGHUP has it open its log anew, and
 * SIGUSR1, whose default would end the process, does nothing.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final int KILLED = 137;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CompletableFuture<Void> hurry = new CompletableFuture<>();

  private volatile @Nullable ImageServer running;

  private Shutdown() {}

  /** Listens for signals from now on. */
  static Shutdown onSignals() {
    Shutdown shutdown = new Shutdown();
    List.of("TERM", "INT").forEach(name -> on(name, shutdown::signalled));
    on("HUP", shutdown::hungUp);
    on("USR1", () -> LOG.info("SIGUSR1: does nothing here"));
    return shutdown;
  }

  private void signalled() {
    if (hurry.isDone()) {
      Runtime.getRuntime().halt(KILLED);
    } else if (asked.getCount() == 0) {
      hurry.complete(null);
    } else {
      asked.countDown();
    }
  }

  private void hungUp() {
    ImageServer server = running;
    if (server != null) {
      LOG.info("SIGHUP: the access log is opened anew");
      server.reopenLog();
    }
  }

  /** Waits for a signal, then ends the server. */
  void await(ImageServer server, Duration drain) throws InterruptedException {
    running = server;
    asked.await();
    LOG.info(
        "stopping; running transfers have {} s, a second signal cuts them off", drain.toSeconds());
    server.stop(drain, hurry);
  }

  /**
   * Has an action run, on a thread of the JVM's, whenever a signal comes. A shutdown hook would not
   * do: it is not told of a second signal. The JDK has nothing else than {@code sun.misc.Signal},
   * which stays accessible (JEP 260) but cannot be named in sources without a warning.
   *
   * @param name without SIG, such as {@code HUP}
   */
  private static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Shutdown.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no sun.misc.Signal in this JDK", e);
    }
  }
}
