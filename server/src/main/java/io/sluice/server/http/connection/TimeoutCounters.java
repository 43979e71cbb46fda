package io.sluice.server.http.connection;

/** Counts the connections that were closed because they took too long. */
@FunctionalInterface
public interface TimeoutCounters {
  /** What a connection ran out of time at. */
  enum Deadline {
    /** A request had begun to arrive and was not complete. */
    REQUEST,
    /** No request came. */
    IDLE,
    /** The client read nothing of its answer. */
    STALL
  }

  /**
   * One connection ran out of time.
   *
   * @param headSeen whether the head of a request had arrived, so that the request is counted
   *     elsewhere too
   */
  void count(Deadline what, boolean headSeen);
}
