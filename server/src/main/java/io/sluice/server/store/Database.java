package io.sluice.server.store;

import java.sql.Connection;
import java.sql.SQLException;

/** A database of one kind: how to reach it, and how to hear that others changed it. */
interface Database extends AutoCloseable {
  /**
   * A connection, to be closed by the caller.
   *
   * @throws SQLException when there is none within some seconds
   */
  Connection connection() throws SQLException;

  /** Whether other servers write to it too. */
  boolean isShared();

  /** Tells others, with the commit, that something changes. */
  void announce(Connection connection) throws SQLException;

  /** Waits until others have changed something, but not longer than this. */
  void awaitChange(long millis) throws SQLException, InterruptedException;

  @Override
  void close();
}
