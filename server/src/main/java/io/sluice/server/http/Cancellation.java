package io.sluice.server.http;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether the client is still there while its answer is made. An endpoint that has something made
 * for the answer alone says what is to happen when the client leaves before that. Safe for all
 * threads.
 */
public final class Cancellation {
  private final Runnable hangUp;
  private final List<Runnable> told = new ArrayList<>();
  private boolean inputEnded;
  private boolean gone;
  private boolean answered;

  /**
   * The client waits.
   *
   * @param hangUp closes the connection; runs on any thread
   */
  Cancellation(Runnable hangUp) {
    this.hangUp = hangUp;
  }

  /** That of a client that waits however long it takes. */
  public static Cancellation never() {
    return new Cancellation(() -> {});
  }

  /**
   * Runs a task when the client has gone before it was answered, at once when it has gone already.
   * From here on a client that has ended its side of the connection counts as gone: nothing else is
   * seen of one that has hung up.
   *
   * @param task does not block and may run on any thread
   */
  public void whenGone(Runnable task) {
    boolean now;
    boolean close;
    synchronized (this) {
      if (answered) {
        return;
      }
      close = inputEnded && !gone;
      gone |= inputEnded;
      now = gone;
      if (!now) {
        told.add(task);
      }
    }
    if (now) {
      task.run();
    }
    if (close) {
      hangUp.run();
    }
  }

  /**
   * The client has ended its side of the connection.
   *
   * @return whether it counts as gone
   */
  boolean endInput() {
    synchronized (this) {
      inputEnded = true;
      if (told.isEmpty()) {
        return false;
      }
    }
    leave();
    return true;
  }

  /** The connection is gone. */
  void leave() {
    List<Runnable> tasks;
    synchronized (this) {
      gone = true;
      tasks = List.copyOf(told);
      told.clear();
    }
    tasks.forEach(Runnable::run);
  }

  /** The answer is there: what was made for it is in use. */
  synchronized void answer() {
    answered = true;
    told.clear();
  }
}
