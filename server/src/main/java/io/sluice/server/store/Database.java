package io.sluice.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/** A database of one kind: how to reach it, and how to hear that others changed it. */
interface Database extends AutoCloseable {
  /**
   * A connection, to be given back by the caller.
   *
   * @throws SQLException when there is none within some seconds
   */
  Connection take() throws SQLException;

  /**
   * Gives a connection back.
   *
   * @param sound whether everything went well
   */
  void giveBack(Connection connection, boolean sound);

  /**
   * Begins a transaction that sees one state of the database throughout and changes nothing.
   *
   * @param many whether it may take long
   */
  void beginReading(Connection connection, boolean many) throws SQLException;

  /**
   * Begins a transaction that writes. Does not wait for long for what others hold.
   *
   * @param many whether it may take long
   */
  void beginWriting(Connection connection, boolean many) throws SQLException;

  /**
   * Waits until no other session is changing some machines, before anything is held that all
   * writers need.
   */
  void hold(Connection connection, Collection<String> machines) throws SQLException;

  /** Whether other servers write to it too. */
  boolean isShared();

  /** Tells others, with the commit, that something changes. */
  void announce(Connection connection) throws SQLException;

  /** Waits until others have changed something, but not longer than this. */
  void awaitChange(long millis) throws SQLException, InterruptedException;

  @Override
  void close();
}
