package io.sluice.bench.machine;

/** A machine's way to the server: one connection at a time, one request at a time. */
public interface Wire {
  /** Sends a request; the one before must have finished or failed. */
  void ask(Ask ask, AnswerListener listener);

  /** Closes the connection; the listener of a request under way hears nothing more. */
  void hangUp();

  /** Resets the connection, as a machine does that restarts in the middle. */
  void reset();

  /** Stops reading and says nothing more, as a machine does that lost its power. */
  void fallSilent();

  /** Runs the task after some nanoseconds, in step with everything else on this wire. */
  void later(long delayNanos, Runnable task);
}
