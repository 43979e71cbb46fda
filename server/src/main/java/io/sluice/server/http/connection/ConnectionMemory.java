package io.sluice.server.http.connection;

import io.sluice.server.keyed.ByteBudget;

/**
 * What one connection has in memory, as the budget of its port counts it. The first bytes of each
 * part are those that every connection is reckoned with ({@link Connections}), so that the usual
 * small request costs no look at the budget. Used on the loop of the connection only.
 */
public final class ConnectionMemory {
  /** Bytes of each part that are not counted: two heads as boot loaders send them. */
  static final int FREE = 2 * 1024;

  private final ByteBudget.Share share;
  private long input;
  private long answer;
  private long request;
  private long record;

  /**
   * A connection that has nothing in memory.
   *
   * @param giveUp called on any thread when the budget needs what waits for the client
   */
  public ConnectionMemory(ByteBudget budget, Runnable giveUp) {
    share = budget.share(giveUp);
  }

  /**
   * Bytes that have come and are not a message yet.
   *
   * @return false when there is no room for them
   */
  public boolean input(long bytes) {
    long counted = Math.max(0, bytes - FREE);
    if (counted == input) {
      return true;
    }
    input = counted;
    return share.hold(input + answer + record);
  }

  /**
   * Bytes of a record of TLS that has not come in full.
   *
   * @return false when there is no room for them
   */
  public boolean record(long bytes) {
    long counted = Math.max(0, bytes - FREE);
    if (counted == record) {
      return true;
    }
    record = counted;
    return share.hold(input + answer + record);
  }

  /**
   * Bytes of an answer that wait for the client.
   *
   * @return false when there is no room for them
   */
  public boolean answer(long bytes) {
    long counted = Math.max(0, bytes - FREE);
    if (counted == answer) {
      return true;
    }
    answer = counted;
    return share.hold(input + answer + record);
  }

  /**
   * Bytes of the request that is being answered.
   *
   * @return false when there is no room for them
   */
  public boolean request(long bytes) {
    long counted = Math.max(0, bytes - FREE);
    if (counted == request) {
      return true;
    }
    boolean granted = share.keep(counted);
    if (granted) {
      request = counted;
    }
    return granted;
  }

  /** The connection is gone. */
  public void close() {
    share.close();
  }
}
