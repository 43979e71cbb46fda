package io.sluice.server.http;

/** Counts the connections that were closed because they took too long. */
@FunctionalInterface
public interface TimeoutCounters {
  /**
   * One connection ran out of time.
   *
   * @param headSeen whether the head of a request had arrived, so that the request is counted
   *     elsewhere too
   */
  void count(ExpiredDeadline what, boolean headSeen);
}
