package io.sluice.metrics;

import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells several listeners and keeps what they throw away from the exchange and from each other. */
final class GuardedListeners implements RequestListener {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedListeners.class);

  private final RequestListener[] listeners;

  GuardedListeners(List<RequestListener> listeners) {
    this.listeners = listeners.toArray(RequestListener[]::new);
  }

  @Override
  public void begun(RequestTimer timer) {
    tellAll(listener -> listener.begun(timer));
  }

  @Override
  public void sent(RequestTimer timer, long bytes) {
    for (RequestListener listener : listeners) {
      try {
        listener.sent(timer, bytes);
      } catch (RuntimeException | Error e) {
        complain(listener, e);
      }
    }
  }

  @Override
  public void ended(RequestTimer timer) {
    tellAll(listener -> listener.ended(timer));
  }

  private void tellAll(Consumer<RequestListener> call) {
    for (RequestListener listener : listeners) {
      try {
        call.accept(listener);
      } catch (RuntimeException | Error e) {
        complain(listener, e);
      }
    }
  }

  private static void complain(RequestListener listener, Throwable thrown) {
    LOG.warn("A request listener failed: {}", listener.getClass().getName(), thrown);
  }
}
