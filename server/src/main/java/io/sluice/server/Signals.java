package io.sluice.server;

import io.sluice.server.os.HangUp;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server does at signals. The first SIGTERM or SIGINT lets it finish what it is sending, the
 * second cuts that off, a third ends the process on the spot. SIGHUP and SIGUSR1, whose defaults
 * would end the process, have it read its files again: programs that rotate logs send either, and a
 * terminal that is closed sends SIGHUP. A signal that comes before the server runs is acted on once
 * it does.
 */
final class Signals {
  private static final int KILLED = 137;

  /** Loaded with the first line: it takes longer than signals may be unheard at the start. */
  private static final class Log {
    static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  }

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CompletableFuture<Void> hurry = new CompletableFuture<>();

  private @Nullable ImageServer running;
  private boolean reloadAsked;

  /** Listens for signals from now on. */
  void listen() {
    HangUp.heed();
    on("HUP", () -> reload("HUP"));
    List.of("TERM", "INT").forEach(name -> on(name, this::signalled));
    on("USR1", () -> reload("USR1"));
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

  /** Ends the server as SIGTERM does. */
  void end() {
    asked.countDown();
  }

  private synchronized void reload(String name) {
    Log.LOG.info("SIG{}: the access log is opened anew, and files of secrets are read again", name);
    ImageServer server = running;
    if (server != null) {
      server.reload();
    } else {
      reloadAsked = true;
    }
  }

  private synchronized void runs(ImageServer server) {
    running = server;
    if (reloadAsked) {
      server.reload();
    }
  }

  /** Waits for a signal, then ends the server. */
  void await(ImageServer server, Duration drain) throws InterruptedException {
    runs(server);
    asked.await();
    Log.LOG.info(
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
              Signals.class.getClassLoader(),
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
