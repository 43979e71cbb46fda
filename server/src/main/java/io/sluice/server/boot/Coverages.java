package io.sluice.server.boot;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was delivered of images in installations. Noting it never waits. Where bytes are the proof,
 * it is put together in the store, so that it outlives a restart and several servers can each
 * deliver a part: those of one image are found by its digest, because the entity tag of a file is
 * another on each server.
 */
public final class Coverages {
  private final Fleet fleet;
  private final Installations installations;
  private final Map<String, Delivered> delivered = new ConcurrentHashMap<>();

  /** Nothing was delivered yet. */
  public Coverages(Fleet fleet, Installations installations) {
    this.fleet = fleet;
    this.installations = installations;
  }

  /**
   * What was delivered in one installation; values.
   *
   * @param etag names the bytes on this server
   * @param digest names them everywhere, empty when it is not known
   * @param coverage never changed
   * @param stored whether the store knows it
   */
  private record Delivered(String etag, String digest, Coverage coverage, boolean stored) {
    Delivered with(Coverage more, boolean isStored) {
      Coverage all = coverage.copy();
      all.addAll(more);
      return new Delivered(etag, digest, all, isStored);
    }
  }

  /** Whether anything was delivered in an installation. */
  public boolean knows(String token) {
    return delivered.containsKey(token);
  }

  /**
   * An image begins to be delivered. What was delivered of another does not count any more.
   *
   * @param total its size in bytes
   */
  public void begin(String token, String etag, String digest, long total) {
    delivered.compute(
        token,
        (any, known) -> {
          if (known == null || !known.etag().equals(etag)) {
            return new Delivered(etag, digest, new Coverage(total), true);
          }
          return known.digest().equals(digest) || digest.isEmpty()
              ? known
              : new Delivered(etag, digest, known.coverage(), false);
        });
  }

  /**
   * Some bytes were delivered.
   *
   * @return whether all were, by this server
   */
  public boolean add(String token, String etag, long first, long count) {
    Delivered now =
        delivered.computeIfPresent(
            token,
            (any, known) -> {
              if (!known.etag().equals(etag)) {
                return known;
              }
              Coverage part = new Coverage(known.coverage().total());
              part.add(first, count);
              return known.with(part, false);
            });
    return now != null && now.etag().equals(etag) && now.coverage().isComplete();
  }

  /**
   * Puts what is not stored yet together with what others have stored, and proves what is whole.
   */
  void settle() throws StoreException {
    for (Map.Entry<String, Delivered> each : List.copyOf(delivered.entrySet())) {
      String token = each.getKey();
      Optional<Installation> open =
          fleet
              .byToken(token)
              .map(stored -> stored.machine().installation())
              .filter(Installation::isOpen);
      if (open.isEmpty()) {
        delivered.remove(token);
      } else if (!each.getValue().stored() && open.get().terms().proof() == Terms.Proof.BYTES) {
        settle(token, each.getValue());
      }
    }
  }

  private void settle(String token, Delivered known) throws StoreException {
    Coverage all = fleet.cover(token, known.etag(), known.coverage());
    if (!known.digest().isEmpty()) {
      all = fleet.cover(token, known.digest(), all);
    }
    Coverage together = all;
    delivered.computeIfPresent(token, (any, now) -> merged(known, now, together));
    if (all.isComplete()) {
      prove(token);
    }
  }

  /** What came while the store was told has to be told yet. */
  private static Delivered merged(Delivered told, @Nullable Delivered now, Coverage all) {
    if (now == null || !now.etag().equals(told.etag())) {
      return now == null ? told : now;
    }
    return now.with(all, now.equals(told));
  }

  /** Every byte was delivered; where that is the proof, the installation is done. Blocks. */
  public void prove(String token) throws StoreException {
    Optional<Machine> machine =
        fleet
            .byToken(token)
            .map(StoredMachine::machine)
            .filter(known -> known.installation().isOpen());
    if (machine.isPresent()) {
      Installation installation = machine.get().installation();
      fleet.journal().note(machine.get().id(), "covered", installation.image());
      if (installation.terms().proof() == Terms.Proof.BYTES) {
        installations.prove(token, "every byte of the image was delivered");
      }
    }
  }
}
