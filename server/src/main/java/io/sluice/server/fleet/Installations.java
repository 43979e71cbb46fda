package io.sluice.server.fleet;

import io.sluice.server.machines.Actor;
import io.sluice.server.machines.InstallResult;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Lock;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.machines.Terms;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Installs the machines of a fleet: each once, with the same script until there is proof. What
 * throws {@link StoreException} blocks and belongs on a pool.
 */
public final class Installations {
  private final Fleet fleet;
  private final Clock clock;
  private final Supplier<String> tokens;

  /**
   * Installs the machines of a fleet.
   *
   * @param tokens gives a new token each time, one that cannot be guessed
   */
  public Installations(Fleet fleet, Clock clock, Supplier<String> tokens) {
    this.fleet = fleet;
    this.clock = clock;
    this.tokens = tokens;
  }

  /** How a request to end an installation went. */
  public enum EndState {
    /** It is ended, now or before, as was asked. */
    ENDED,
    /** It was ended otherwise before. */
    OTHERWISE,
    /** There is none of that token. */
    UNKNOWN
  }

  /**
   * Sets a machine to be installed, unless it is already. One that is to be installed in another
   * way, or is locked, stays as it is; the result tells.
   */
  public Optional<StoredMachine> install(
      String id, String profile, String image, Terms terms, Actor by) throws StoreException {
    Installation asked = Installation.request(tokens.get(), profile, image, terms, clock.instant());
    String what = image.isEmpty() ? profile : profile + ", " + image;
    return fleet.update(
        id,
        machine ->
            machine.installation().isOpen() || machine.lock().isSet()
                ? machine
                : machine.with(asked),
        next -> fleet.journal().entry(id, "wanted", what, by));
  }

  /** Takes an installation back, if one is open. */
  public Optional<StoredMachine> cancel(String id, Actor by) throws StoreException {
    Instant time = clock.instant();
    return fleet.update(
        id,
        machine -> machine.with(ended(machine, each -> each.cancelled(time))),
        next -> fleet.journal().entry(id, "cancelled", "", by));
  }

  /**
   * Locks a machine: no install script goes out, and none can be asked for, until it is unlocked. A
   * lock that is there stays as it is, unless another reason is given.
   */
  public Optional<StoredMachine> lock(String id, String reason, Actor by) throws StoreException {
    Lock lock = new Lock(fleet.journal().now(), by, reason);
    return fleet.update(
        id,
        machine -> {
          Lock now = machine.lock();
          boolean stays = now.isSet() && (reason.isEmpty() || reason.equals(now.reason()));
          return stays ? machine : machine.with(lock);
        },
        next -> fleet.journal().entry(id, "locked", reason, by));
  }

  /** Takes the lock of a machine away, if there is one. */
  public Optional<StoredMachine> unlock(String id, Actor by) throws StoreException {
    return fleet.update(
        id,
        machine -> machine.with(Lock.NONE),
        next -> fleet.journal().entry(id, "unlocked", "", by));
  }

  /** What became of a report, and what its installation is now. */
  public record EndReport(EndState state, Installation installation) {
    static final EndReport UNKNOWN = new EndReport(EndState.UNKNOWN, Installation.NONE);
  }

  /** Ends the installation of this token as proved. */
  EndState prove(String token, String how) throws StoreException {
    return prove(token, how, Actor.NONE);
  }

  /** The same, because an operator said so. */
  public EndState prove(String token, String how, Actor by) throws StoreException {
    return end(token, new InstallResult(Installation.State.DONE, how), by).state();
  }

  /** Ends the installation of this token as failed. */
  public EndState fail(String token, String why) throws StoreException {
    InstallResult failed = new InstallResult(Installation.State.FAILED, why);
    return end(token, failed, Actor.NONE).state();
  }

  /** Ends the installation of this token as its machine says and as is made of that. */
  public EndReport report(String token, InstallResult result, Actor by) throws StoreException {
    return end(token, result, by);
  }

  /** The installation of this token, as the store knows it. */
  public Optional<Installation> find(String token) throws StoreException {
    fleet.catchUp();
    return fleet.byToken(token).map(stored -> stored.machine().installation());
  }

  private EndReport end(String token, InstallResult result, Actor by) throws StoreException {
    fleet.catchUp();
    Optional<StoredMachine> known = fleet.byToken(token);
    if (known.isEmpty()) {
      return EndReport.UNKNOWN;
    }
    String id = known.get().machine().id();
    Instant time = clock.instant();
    Installation.State state = result.state();
    Optional<StoredMachine> now =
        fleet.amend(
            id,
            machine ->
                machine.installation().isNamedBy(token)
                    ? machine.with(ended(machine, each -> each.ended(state, result.detail(), time)))
                    : machine,
            next -> fleet.journal().entry(id, state.spelling(), result.detail(), by));
    Installation installation =
        now.map(stored -> stored.machine().installation()).orElse(Installation.NONE);
    if (!installation.isNamedBy(token)) {
      return EndReport.UNKNOWN;
    }
    boolean agrees =
        state == Installation.State.FAILED
            ? installation.state() == state
            : installation.isSuccess();
    if (!agrees) {
      fleet
          .journal()
          .note(id, "refused", "a report, because " + installation.end() + ": " + result.detail());
    }
    return new EndReport(agrees ? EndState.ENDED : EndState.OTHERWISE, installation);
  }

  private Installation ended(Machine machine, UnaryOperator<Installation> end) {
    return end.apply(fleet.issued().applyTo(machine.id(), machine.installation()));
  }

  /** Notes that an install script is handed out; the store hears of it later. */
  public void handedOut(String id, Installation installation, String address) {
    fleet.issued().add(id, installation.token(), address, clock.instant());
  }

  /** What becomes of a request for a script that the terms of an installation bound. */
  public enum Grant {
    /** It is handed out, and the store has counted it. */
    GRANTED,
    /** Another address has it. */
    ELSEWHERE,
    /** There were as many as there may be, or the installation is over. */
    NO_MORE
  }

  /** Whether the store has to be asked before a script goes out. */
  public static boolean isBounded(Installation installation) {
    Terms terms = installation.terms();
    return terms.attempts() > 0 || (terms.sameAddress() && installation.address().isEmpty());
  }

  /**
   * Counts a script in the store before it goes out: however many ask at once, on whatever server,
   * and whenever one is killed, no more go out than the terms allow, and to no other address.
   */
  public Grant reserve(String id, Installation installation, String address) throws StoreException {
    Instant time = clock.instant();
    AtomicReference<Grant> grant = new AtomicReference<>(Grant.NO_MORE);
    fleet.update(
        id,
        machine -> {
          Installation now = machine.installation();
          boolean due =
              now.isNamedBy(installation.token()) && now.isOpen() && !machine.lock().isSet();
          grant.set(
              !due || !now.overdue(time).isEmpty()
                  ? Grant.NO_MORE
                  : now.admits(address) ? Grant.GRANTED : Grant.ELSEWHERE);
          return grant.get() == Grant.GRANTED
              ? machine.with(now.handedOutTo(address, time, 1))
              : machine;
        });
    return grant.get();
  }

  /**
   * Settles which version of which image an installation is of, before its first script goes out:
   * the request that comes second, on this server or another, gets what was settled first.
   *
   * @param digest SHA-256 in hex
   * @return the installation as it is stored, empty when it is over
   */
  public Optional<Installation> pin(
      String id, Installation installation, String image, String digest) throws StoreException {
    return fleet
        .update(
            id,
            machine ->
                machine.installation().isNamedBy(installation.token())
                    ? machine.with(machine.installation().pinnedTo(image, digest))
                    : machine)
        .map(stored -> stored.machine().installation())
        .filter(now -> now.isNamedBy(installation.token()) && now.isOpen());
  }

  /** Stores what was handed out, and ends what is overdue. */
  void settle() throws StoreException {
    for (var each : fleet.issued().all()) {
      String id = each.getKey();
      IssuedScripts.Pending scripts = each.getValue();
      // For a moment a script is counted nowhere rather than twice, which could end an installation
      // that has a bound.
      fleet.issued().settle(id, scripts);
      try {
        fleet.amend(
            id, machine -> machine.with(IssuedScripts.apply(scripts, machine.installation())));
      } catch (StoreException e) {
        fleet.issued().putBack(id, scripts);
        throw e;
      }
    }
    Instant time = clock.instant();
    for (StoredMachine stored : fleet.inventory().late(time)) {
      String late = stored.machine().installation().late(time);
      if (!late.isEmpty()) {
        fail(stored.machine().installation().token(), late);
      }
    }
  }
}
