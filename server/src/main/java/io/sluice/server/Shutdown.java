package io.sluice.server;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a server: the first SIGTERM or SIGINT lets it finish what it is sending, the second
 * cuts that off, a third ends the process on the spot.
 */
final class Shutdown {
  private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);
  private static final int KILLED = 137;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CompletableFuture<Void> hurry = new CompletableFuture<>();

  private Shutdown() {}

  /** Listens for signals from now on. */
  static Shutdown onSignals() {
    Shutdown shutdown = new Shutdown();
    List.of("TERM", "INT").forEach(name -> handle(name, shutdown::signalled));
    return shutdown;
  }

  /**
   * A shutdown hook would not do: it is not told of a second signal. The JDK has nothing else than
   * {@code sun.misc.Signal}, which stays accessible (JEP 260) but cannot be named in sources
   * without a warning.
   */
  private static void handle(String name, Runnable action) {
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

  private void signalled() {
    if (hurry.isDone()) {
      Runtime.getRuntime().halt(KILLED);
    } else if (asked.getCount() == 0) {
      hurry.complete(null);
    } else {
      asked.countDown();
    }
  }

  /** Waits for a signal, then ends the server. */
  void await(ImageServer server, Duration drain) throws InterruptedException {
    asked.await();
    LOG.info(
        "stopping; running transfers have {} s, a second signal cuts them off", drain.toSeconds());
    server.stop(drain, hurry);
  }
}
