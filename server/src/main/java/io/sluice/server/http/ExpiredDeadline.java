package io.sluice.server.http;

/** What a connection ran out of time at. */
public enum ExpiredDeadline {
  /** A request had begun to arrive and was not complete. */
  REQUEST,
  /** No request came. */
  IDLE,
  /** The client read nothing of its answer. */
  STALL
}
