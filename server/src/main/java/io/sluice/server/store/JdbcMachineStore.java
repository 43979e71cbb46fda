package io.sluice.server.store;

import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Machines in a database, each a JSON document with a revision. All changes go through one row that
 * counts revisions: a writer holds it until the commit, so revisions become visible in their order
 * and a look for everything after one misses nothing.
 */
final class JdbcMachineStore implements MachineStore {
  /**
   * States of PostgreSQL that say that another session holds something: a lock, a statement that
   * took too long, two that cannot both be. Nothing is wrong with the connection, or the tables.
   */
  private static final Set<String> OF_OTHERS = Set.of("55P03", "57014", "40001", "40P01");

  /** More edits may take longer. */
  private static final int FEW = 100;

  /** How long history is kept. */
  private static final Duration HISTORY = Duration.ofDays(90);

  private final Database database;
  private final String kind;
  private volatile boolean migrated;
  private long prunedAt;

  /**
   * A store whose tables are made or changed before its first use, whenever that is, and looked at
   * again after every failure: the database may have been restored.
   *
   * @param kind the folder with the scripts for its tables
   */
  JdbcMachineStore(Database database, String kind) {
    this.database = database;
    this.kind = kind;
  }

  /** Makes or changes the tables as needed. */
  synchronized void migrate() throws SQLException {
    if (migrated) {
      return;
    }
    Connection connection = database.take();
    try {
      Schema.migrate(connection, kind);
      migrated = true;
    } finally {
      database.giveBack(connection, migrated);
    }
  }

  @Override
  public Result write(List<Edit> edits, Position known) throws StoreException {
    if (edits.isEmpty()) {
      return new Result.Written(List.of(), "");
    }
    return transaction(
        edits.size() > FEW,
        connection -> {
          database.hold(connection, edits.stream().map(Edit::id).sorted().toList());
          return new MachineWriter(connection).write(edits, known);
        });
  }

  @Override
  public void tryWriting() throws StoreException {
    transaction(
        false,
        connection -> {
          try (Statement update = connection.createStatement()) {
            return update.executeUpdate("UPDATE revision SET latest = latest WHERE one = 1");
          }
        });
  }

  @Override
  public News newsSince(Position known, Position newest) throws StoreException {
    boolean nothingKnown = known.equals(Position.NOTHING);
    return reading(nothingKnown, connection -> new NewsReader(connection).since(known, newest));
  }

  @Override
  public void record(List<HistoryEntry> entries) throws StoreException {
    if (entries.isEmpty()) {
      return;
    }
    transaction(
        false,
        connection -> {
          new HistoryTable(connection).add(entries);
          prune(connection, entries.get(0).at().toEpochMilli());
          return entries.size();
        });
  }

  private void prune(Connection connection, long now) throws SQLException {
    if (now - prunedAt < Duration.ofHours(1).toMillis()) {
      return;
    }
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM history WHERE at < ?")) {
      delete.setLong(1, now - HISTORY.toMillis());
      delete.executeUpdate();
    }
    CoverageWriter.prune(connection, now - HISTORY.toMillis());
    prunedAt = now;
  }

  @Override
  public List<HistoryEntry> history(String machine, int limit) throws StoreException {
    return reading(false, connection -> new HistoryTable(connection).newest(machine, limit));
  }

  @Override
  public List<Coverage> cover(List<Delivery> deliveries) throws StoreException {
    return transaction(false, connection -> new CoverageWriter(connection).add(deliveries));
  }

  @Override
  public List<Coverage> covered(String token) throws StoreException {
    return transaction(false, connection -> new CoverageWriter(connection).of(token));
  }

  @Override
  public boolean isShared() {
    return database.isShared();
  }

  @Override
  public void awaitChange(long millis) throws StoreException, InterruptedException {
    try {
      database.awaitChange(millis);
    } catch (SQLException e) {
      throw away(e);
    }
  }

  @Override
  public void close() {
    database.close();
  }

  private interface Work<T> {
    T in(Connection connection) throws SQLException, StoreException;
  }

  /** One state of the database throughout. */
  private <T> T reading(boolean many, Work<T> work) throws StoreException {
    return leased(
        connection -> {
          database.beginReading(connection, many);
          T result = work.in(connection);
          if (!connection.getAutoCommit()) {
            connection.commit();
          }
          return result;
        });
  }

  private <T> T transaction(boolean many, Work<T> work) throws StoreException {
    return leased(
        connection -> {
          database.beginWriting(connection, many);
          T result = work.in(connection);
          if (result instanceof Result && !(result instanceof Result.Written)) {
            connection.rollback();
            return result;
          }
          if (result instanceof Result.Written) {
            database.announce(connection);
          }
          try {
            connection.commit();
          } catch (SQLException e) {
            throw new LostAnswerException(e);
          }
          return result;
        });
  }

  private <T> T leased(Work<T> work) throws StoreException {
    Connection connection;
    try {
      if (!migrated) {
        migrate();
      }
      connection = database.take();
    } catch (SQLException e) {
      throw away(e);
    }
    boolean sound = false;
    try {
      T result = work.in(connection);
      sound = true;
      return result;
    } catch (SQLException e) {
      rollback(connection, e);
      sound = e.getSQLState() != null && OF_OTHERS.contains(e.getSQLState());
      throw away(e);
    } catch (StoreException e) {
      rollback(connection, e);
      throw e;
    } finally {
      if (!sound) {
        migrated = false;
      }
      database.giveBack(connection, sound);
    }
  }

  private static void rollback(Connection connection, Exception cause) {
    try {
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** The answer to a commit did not come, so it is not known whether it was made. */
  private static final class LostAnswerException extends SQLException {
    private static final long serialVersionUID = 1L;

    LostAnswerException(SQLException cause) {
      super(cause.getMessage(), cause.getSQLState(), cause);
    }
  }

  private static StoreException away(SQLException e) {
    return new StoreException(Stores.firstLine(e), e, !(e instanceof LostAnswerException));
  }
}
