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
    long before = input;
    input = Math.max(0, bytes - FREE);
    return input == before || held();
  }

  /**
   * Bytes of a record of TLS that has not come in full.
   *
   * @return false when there is no room for them
   */
  public boolean record(long bytes) {
    long before = record;
    record = Math.max(0, bytes - FREE);
    return record == before || held();
  }

  /**
   * Bytes of an answer that wait for the client.
   *
   * @return false when there is no room for them
   */
  public boolean answer(long bytes) {
    long before = answer;
    answer = Math.max(0, bytes - FREE);
    return answer == before || held();
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

  private boolean held() {
    return share.hold(input + answer + record);
  }

  /** The connection is gone. */
  public void close() {
    share.close();
  }
}
