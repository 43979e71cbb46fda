package io.sluice.server.boot;

import io.sluice.server.http.MacAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The machines of a server: what memory knows of them, and every change, which goes to the store
 * first. Looking never waits; what throws {@link StoreException} blocks and belongs on a pool.
 */
public final class Fleet {
  /** How often a change is tried anew when somebody else was faster. */
  private static final int MOST_TRIES = 20;

  private final MachineStore store;
  private final Inventory inventory = new Inventory();
  private final HandOuts handOuts = new HandOuts();
  private final Journal journal;
  private final Currency currency;
  private final Clock clock;
  private final Supplier<String> tokens;
  private final List<Consumer<MachineStore.Change>> listeners = new CopyOnWriteArrayList<>();
  private final Object looking = new Object();
  private long revision;

  /**
   * The machines of a store.
   *
   * @param tokens gives a new token each time, one nobody can guess
   */
  public Fleet(
      MachineStore store,
      Journal journal,
      Currency currency,
      Clock clock,
      Supplier<String> tokens) {
    this.store = store;
    this.journal = journal;
    this.currency = currency;
    this.clock = clock;
    this.tokens = tokens;
  }

  /** How a request to end an installation went. */
  public enum Ending {
    /** It is ended, now or before, as was asked. */
    ENDED,
    /** It was ended otherwise before. */
    OTHERWISE,
    /** There is none of that token. */
    UNKNOWN
  }

  /** What happens to machines. */
  public Journal journal() {
    return journal;
  }

  /** Whether all machines are in memory. */
  public boolean isLoaded() {
    return currency.isLoaded();
  }

  /** Whether memory is certainly what the store says. */
  public boolean isCurrent() {
    return currency.isCurrent();
  }

  /** Tells somebody of every change from now on. */
  public void listen(Consumer<MachineStore.Change> listener) {
    listeners.add(listener);
  }

  /** The machine that asks for a script. */
  public Optional<StoredMachine> find(BootRequest request) {
    return inventory.find(request).map(this::withHandOuts);
  }

  /** The machine of this id. */
  public Optional<StoredMachine> byId(String id) {
    return inventory.byId(id).map(this::withHandOuts);
  }

  /** The machine with a card of this address. */
  public Optional<StoredMachine> byMac(MacAddress mac) {
    return inventory.byMac(mac).map(this::withHandOuts);
  }

  /** The machine whose last installation has this token. */
  public Optional<StoredMachine> byToken(String token) {
    return inventory.byToken(token).map(this::withHandOuts);
  }

  /** Every machine, in no order. */
  public Collection<StoredMachine> all() {
    return inventory.all();
  }

  private StoredMachine withHandOuts(StoredMachine stored) {
    Machine machine = stored.machine();
    Installation known = handOuts.applyTo(machine.id(), machine.installation());
    return known.equals(machine.installation())
        ? stored
        : new StoredMachine(machine.with(known), stored.revision());
  }

  /** Makes all edits or none; what was made is in memory when this returns. */
  public MachineStore.Result write(List<MachineStore.Edit> edits) throws StoreException {
    MachineStore.Result result = store.write(edits);
    if (result instanceof MachineStore.Result.Written written) {
      publish(written.changes());
    }
    return result;
  }

  /**
   * Changes one machine, anew when somebody else was faster.
   *
   * @param change gives the same machine back when there is nothing to change
   * @return what the machine is now, empty when it is gone
   */
  public Optional<StoredMachine> update(String id, UnaryOperator<Machine> change)
      throws StoreException {
    for (int i = 0; i < MOST_TRIES; i++) {
      Optional<StoredMachine> now = inventory.byId(id);
      if (now.isEmpty()) {
        return now;
      }
      Machine next = change.apply(now.get().machine());
      if (next.equals(now.get().machine())) {
        return now;
      }
      MachineStore.Result result =
          write(List.of(new MachineStore.Edit(id, next, now.get().revision())));
      if (result instanceof MachineStore.Result.Written) {
        return byId(id);
      }
      look();
    }
    throw new StoreException("the machine changes too often", new IllegalStateException(id));
  }

  /**
   * Sets a machine to be installed, unless it is already. One that is to be installed in another
   * way stays as it is; the result tells.
   */
  public Optional<StoredMachine> install(String id, String profile, String image, Terms terms)
      throws StoreException {
    Installation asked = Installation.request(tokens.get(), profile, image, terms, clock.instant());
    Optional<StoredMachine> now =
        update(id, machine -> machine.installation().isOpen() ? machine : machine.with(asked));
    if (now.isPresent() && now.get().machine().installation().isNamedBy(asked.token())) {
      journal.note(id, "wanted", image.isEmpty() ? profile : profile + ", " + image);
    }
    return now;
  }

  /** Takes an installation back, if one is open. */
  public Optional<StoredMachine> cancel(String id) throws StoreException {
    Instant time = clock.instant();
    boolean open = byId(id).filter(stored -> stored.machine().installation().isOpen()).isPresent();
    Optional<StoredMachine> now =
        update(id, machine -> machine.with(ended(machine, each -> each.cancelled(time))));
    if (open) {
      journal.note(id, "cancelled", "");
    }
    return now;
  }

  /** Ends the installation of this token as proved. */
  public Ending prove(String token, String how) throws StoreException {
    return end(token, Installation.State.DONE, how);
  }

  /** Ends the installation of this token as failed. */
  public Ending fail(String token, String why) throws StoreException {
    return end(token, Installation.State.FAILED, why);
  }

  private Ending end(String token, Installation.State state, String detail) throws StoreException {
    Optional<StoredMachine> known = inventory.byToken(token);
    if (known.isEmpty()) {
      follow();
      known = inventory.byToken(token);
    }
    if (known.isEmpty()) {
      return Ending.UNKNOWN;
    }
    String id = known.get().machine().id();
    Instant time = clock.instant();
    boolean wasOpen = known.get().machine().installation().isOpen();
    Optional<StoredMachine> now =
        update(
            id,
            machine ->
                machine.installation().isNamedBy(token)
                    ? machine.with(ended(machine, each -> over(each, state, detail, time)))
                    : machine);
    Installation installation =
        now.map(stored -> stored.machine().installation()).orElse(Installation.NONE);
    if (!installation.isNamedBy(token)) {
      return Ending.UNKNOWN;
    }
    if (wasOpen && installation.state() == state) {
      journal.note(id, state == Installation.State.DONE ? "done" : "failed", detail);
    }
    return installation.state() == state ? Ending.ENDED : Ending.OTHERWISE;
  }

  private static Installation over(
      Installation installation, Installation.State state, String detail, Instant time) {
    return state == Installation.State.DONE
        ? installation.proved(detail, time)
        : installation.failed(detail, time);
  }

  private Installation ended(Machine machine, UnaryOperator<Installation> end) {
    return end.apply(handOuts.applyTo(machine.id(), machine.installation()));
  }

  /** Completes when no server acts on what was before the last write. */
  public CompletionStage<Boolean> knownToAll() {
    return currency.knownToAll();
  }

  /** Notes that an install script is handed out; the store hears of it later. */
  public void handedOut(String id, Installation installation, String address) {
    handOuts.add(id, installation.token(), address, clock.instant());
  }

  /**
   * Binds an installation to the address that gets its first script, before it gets it.
   *
   * @return whether it is this address
   */
  public boolean bind(String id, Installation installation, String address) throws StoreException {
    Instant time = clock.instant();
    return update(
            id,
            machine -> {
              Installation now = machine.installation();
              boolean first = now.isNamedBy(installation.token()) && now.address().isEmpty();
              return first ? machine.with(now.handedOutTo(address, time, 0)) : machine;
            })
        .map(stored -> stored.machine().installation())
        .filter(now -> now.isNamedBy(installation.token()) && now.isOpen() && now.admits(address))
        .isPresent();
  }

  /** The newest entries of a machine's history, the newest first. */
  public List<HistoryEntry> history(String id, int limit) throws StoreException {
    List<HistoryEntry> entries = new ArrayList<>(journal.waiting(id));
    entries.addAll(store.history(id, limit));
    return entries.size() > limit ? List.copyOf(entries.subList(0, limit)) : entries;
  }

  /** Takes in what others have changed; with nobody else, what was there at the beginning. */
  void follow() throws StoreException {
    if (store.isShared() || !currency.isLoaded()) {
      look();
    }
  }

  /** Takes in everything that is news in the store, after a change that came too late. */
  public void lookAgain() throws StoreException {
    look();
  }

  private void look() throws StoreException {
    synchronized (looking) {
      long begun = currency.now();
      List<MachineStore.Change> changes = store.changesAfter(revision);
      publish(changes);
      // Only a look moves the revision up to which everything is known: a change of our own is
      // published before those of others that came earlier.
      for (MachineStore.Change change : changes) {
        revision = Math.max(revision, change.revision());
      }
      currency.lookedSince(begun);
    }
  }

  private void publish(List<MachineStore.Change> changes) {
    List<MachineStore.Change> news = inventory.apply(changes);
    news.forEach(change -> listeners.forEach(listener -> listener.accept(change)));
  }

  /** Stores what was handed out, ends what is overdue, stores the history. */
  void settle() throws StoreException {
    for (var handOut : handOuts.all()) {
      String id = handOut.getKey();
      HandOuts.Pending scripts = handOut.getValue();
      // For a moment a script is counted nowhere rather than twice, which could end an installation
      // that has a bound.
      handOuts.settle(id, scripts);
      try {
        update(id, machine -> machine.with(HandOuts.apply(scripts, machine.installation())));
      } catch (StoreException e) {
        handOuts.putBack(id, scripts);
        throw e;
      }
    }
    Instant time = clock.instant();
    for (StoredMachine stored : inventory.open()) {
      String overdue = stored.machine().installation().overdue(time);
      if (!overdue.isEmpty()) {
        fail(stored.machine().installation().token(), overdue);
      }
    }
    List<HistoryEntry> entries = journal.take();
    try {
      store.record(entries);
    } catch (StoreException e) {
      journal.putBack(entries);
      throw e;
    }
  }

  /** Waits until there may be something to follow or to settle. */
  void rest(long millis) throws StoreException, InterruptedException {
    store.awaitChange(millis);
  }
}
