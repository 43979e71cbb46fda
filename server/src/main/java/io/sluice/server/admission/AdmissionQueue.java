package io.sluice.server.admission;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The requests that wait for an image stream, in order of arrival: held with the connection open,
 * or expected to come back. Guarded by its owner.
 *
 * @param <W> what is told while a connection is held
 */
final class AdmissionQueue<W> {
  /**
   * Clocks differ: a client may come back after this share of the time it was told. Not much less,
   * or one that comes for the first time could be taken for it where both have one address.
   */
  private static final double EARLIEST = 0.999;

  /** How long after its time the place of a client that was told to come back is kept. */
  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final TreeMap<Long, Entry> places = new TreeMap<>();
  private final LongSupplier nanoTime;
  private long arrivals;

  AdmissionQueue(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A place in the line. */
  final class Entry {
    private final long number = arrivals++;
    private final long since = nanoTime.getAsLong();
    private StreamRequest applicant;
    private Optional<W> held = Optional.empty();
    private Future<?> endOfWait = CompletableFuture.completedFuture(null);
    private long earliest;
    private long until;

    private Entry(StreamRequest applicant) {
      this.applicant = applicant;
    }

    /** How many came before, those that did not have to wait among them. */
    long number() {
      return number;
    }

    StreamRequest applicant() {
      return applicant;
    }

    /** What is told, while the connection is held. */
    Optional<W> held() {
      return held;
    }

    boolean isHeldFor(W waiter) {
      return held.filter(each -> each == waiter).isPresent();
    }

    long waitedNanos() {
      return nanoTime.getAsLong() - since;
    }

    /** Whether what it was held for, or kept for, has gone by. */
    boolean isOver() {
      return nanoTime.getAsLong() - until >= 0;
    }

    /** The connection is held for so long. */
    void hold(W waiter, long nanos) {
      letGo();
      held = Optional.of(waiter);
      until = nanoTime.getAsLong() + nanos;
    }

    /** What is to happen at the end of that, called off when the place is given up before. */
    void atEnd(Future<?> end) {
      endOfWait = end;
    }

    /** Neither held nor waited for; nothing keeps the connection in memory. */
    private void letGo() {
      held = Optional.empty();
      endOfWait.cancel(false);
    }

    /** The client was told to come back after so many seconds. */
    void expect(int seconds) {
      letGo();
      long told = TimeUnit.SECONDS.toNanos(seconds);
      earliest = nanoTime.getAsLong() + (long) (told * EARLIEST);
      until = nanoTime.getAsLong() + told + KEPT_NANOS;
    }

    private boolean isKeptForLikesOf(StreamRequest other) {
      return held.isEmpty() && applicant.comesBack().equals(other.comesBack());
    }

    private boolean isOn(StreamRequest.Connection connection) {
      return applicant.connection().equals(connection);
    }

    /** Whether the connection it was promised to is gone, and its time has come. */
    private boolean isForAnyConnection() {
      return !applicant.connection().isOpen() && nanoTime.getAsLong() - earliest >= 0;
    }
  }

  /** The place that is kept for an applicant, or a new one that is not in the line yet. */
  Entry placeOf(StreamRequest applicant) {
    places.values().removeIf(place -> place.held.isEmpty() && place.isOver());
    Optional<Entry> kept =
        applicant.comesBack().isPresent() ? keptFor(applicant) : Optional.empty();
    kept.ifPresent(place -> place.applicant = applicant);
    return kept.orElseGet(() -> new Entry(applicant));
  }

  /**
   * Clients with one address look alike, so a place is its connection's while that is open; and who
   * has one of its own takes none of those that are left over.
   */
  private Optional<Entry> keptFor(StreamRequest applicant) {
    List<Entry> alike =
        places.values().stream().filter(place -> place.isKeptForLikesOf(applicant)).toList();
    return alike.stream()
        .filter(place -> place.isOn(applicant.connection()))
        .findFirst()
        .or(() -> alike.stream().filter(Entry::isForAnyConnection).findFirst());
  }

  /**
   * Puts a place into the line.
   *
   * @return whether it was there already
   */
  boolean stay(Entry place) {
    return places.put(place.number, place) != null;
  }

  void leave(Entry place) {
    places.remove(place.number);
    place.letGo();
  }

  /** The requests before a place that are held, in order. */
  Stream<Entry> heldBefore(Entry place) {
    return places.headMap(place.number).values().stream().filter(each -> each.held.isPresent());
  }

  /** The bytes that those before a place want, in order. */
  List<Long> bytesBefore(Entry place) {
    return places.headMap(place.number).values().stream()
        .map(each -> each.applicant.bytes())
        .toList();
  }

  /** All that are held, in order. */
  List<Entry> held() {
    List<Entry> here = new ArrayList<>(places.values());
    here.removeIf(place -> place.held.isEmpty());
    return here;
  }

  /** How many are expected to come back. */
  long expected() {
    return places.values().stream()
        .filter(place -> place.held.isEmpty() && !place.isOver())
        .count();
  }

  /** Forgets all places. */
  void clear() {
    places.clear();
  }
}
