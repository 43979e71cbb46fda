package io.sluice.server.machines;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where machines are kept. What was written is there after the process was killed. Blocks; every
 * method throws {@link StoreException} when the store is away.
 */
public interface MachineStore extends AutoCloseable {

  /** An edit may replace any state, or none. */
  long ANY = -1;

  /** An edit may only make a machine that is not there. */
  long ABSENT = 0;

  /**
   * One machine as it is to be.
   *
   * @param id its id
   * @param next what it is to be, null when it is to be gone
   * @param expected the revision it must have, {@link #ANY} or {@link #ABSENT}
   * @param noted goes into the history together with the change, null when nothing does
   */
  record Edit(String id, @Nullable Machine next, long expected, @Nullable HistoryEntry noted) {
    /** A change that the history says nothing of. */
    public Edit(String id, @Nullable Machine next, long expected) {
      this(id, next, expected, null);
    }
  }

  /** One machine as it is since a revision; packed, because there may be as many as there are. */
  final class Change {
    private final String id;
    private final @Nullable PackedMachine packed;
    private final long revision;

    /**
     * One machine.
     *
     * @param machine null when it is gone
     */
    public Change(String id, @Nullable Machine machine, long revision) {
      this.id = id;
      this.packed = machine == null ? null : PackedMachine.of(machine);
      this.revision = revision;
    }

    public String id() {
      return id;
    }

    /** What it is, null when it is gone; made anew for each call. */
    public @Nullable Machine machine() {
      return packed == null ? null : packed.unpack(id);
    }

    public @Nullable PackedMachine packed() {
      return packed;
    }

    public long revision() {
      return revision;
    }

    /** What it takes in memory, in bytes, without what finds it. */
    public int bytes() {
      return id.length() + (packed == null ? 0 : packed.length());
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Change that
          && id.equals(that.id)
          && revision == that.revision
          && Objects.equals(machine(), that.machine());
    }

    @Override
    public int hashCode() {
      return Objects.hash(id, revision);
    }

    @Override
    public String toString() {
      return id + " " + revision + " " + machine();
    }
  }

  /** What became of some edits. */
  sealed interface Result {
    /**
     * All were made, and will not be lost.
     *
     * @param mark what was put down with the last of them
     */
    record Written(List<Change> changes, String mark) implements Result {}

    /** None was made: this machine has another revision, 0 when it is not there. */
    record Stale(String id, long actual) implements Result {}

    /**
     * None was made: this machine has a MAC address, UUID or serial number that another has.
     *
     * @param key such as {@code mac 52:54:00:12:34:56}
     */
    record Taken(String id, String key, String owner) implements Result {}
  }

  /**
   * Up to where a server knows a store. A store that was restored, or a replica that has lost the
   * last seconds, goes on with the same numbers; the mark tells it from what it was.
   *
   * @param revision everything up to this is known
   * @param mark what the store put down with that revision, and with no other
   */
  record Position(long revision, String mark) {
    /** Nothing is known. */
    public static final Position NOTHING = new Position(0, "");
  }

  /**
   * A record that this version cannot read. It stays in the store as it is.
   *
   * @param problem what is wrong with it, in one line
   */
  record Unreadable(String id, long revision, String problem) {}

  /**
   * What a server does not know yet.
   *
   * @param complete whether this is everything there is: what is not here is not there
   * @param changes in their order
   * @param upTo what is known with these
   */
  record News(boolean complete, List<Change> changes, List<Unreadable> unreadable, Position upTo) {}

  /**
   * Makes all edits or none.
   *
   * @param known what has to be in the store; when it is not there any more, the edits are stale
   */
  Result write(List<Edit> edits, Position known) throws StoreException;

  /** Makes all edits or none, whatever the store was before. */
  default Result write(List<Edit> edits) throws StoreException {
    return write(edits, Position.NOTHING);
  }

  /**
   * What changed since; everything there is when nothing is known, or when the store does not have
   * any more what is known.
   *
   * @param known up to where everything is known
   * @param newest the newest change that is known, be it one's own; the same or later
   */
  News newsSince(Position known, Position newest) throws StoreException;

  /** Does nothing, if something could be written. */
  void tryWriting() throws StoreException;

  /** Keeps some entries. */
  void record(List<HistoryEntry> entries) throws StoreException;

  /** The newest entries of a machine, the newest first. */
  List<HistoryEntry> history(String machine, int limit) throws StoreException;

  /**
   * Keeps what was delivered in installations, together with what was kept before.
   *
   * @return for each, everything that was delivered
   */
  List<Coverage> cover(List<Delivery> deliveries) throws StoreException;

  /** What was delivered in one installation, for each form of its image and each of its names. */
  List<Coverage> covered(String token) throws StoreException;

  /** Whether other servers write to it too. */
  boolean isShared();

  /**
   * Waits until another server may have changed something, but not longer than this.
   *
   * @param millis how long
   */
  void awaitChange(long millis) throws StoreException, InterruptedException;

  @Override
  void close();
}
