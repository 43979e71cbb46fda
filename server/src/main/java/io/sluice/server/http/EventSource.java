package io.sluice.server.http;

import java.util.function.Consumer;

/** What an answer without an end is made of. */
public interface EventSource {
  /**
   * Begins to give pieces to a listener, from any thread, until the subscription is closed.
   *
   * @param piece takes a piece; an empty one is the last
   */
  Subscription subscribe(Consumer<byte[]> piece);

  /** Somebody who listens. */
  @FunctionalInterface
  interface Subscription {
    /** No more pieces are wanted. May be called more than once. */
    void close();
  }
}
