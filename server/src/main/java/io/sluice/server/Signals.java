package io.sluice.server;

import java.lang.reflect.Proxy;

/**
 * What the process does when it gets a signal.
 *
 * <p>A shutdown hook would not do: it is not told of a second signal. The JDK has nothing else than
 * {@code sun.misc.Signal}, which stays accessible (JEP 260) but cannot be named in sources without
 * a warning.
 */
final class Signals {
  private Signals() {}

  /**
   * Has an action run, on a thread of the JVM's, whenever a signal comes.
   *
   * @param name without SIG, such as {@code HUP}
   */
  static void on(String name, Runnable action) {
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
