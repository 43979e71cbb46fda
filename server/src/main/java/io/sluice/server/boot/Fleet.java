package io.sluice.server.boot;

import io.sluice.server.http.MacAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
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
  private final List<Consumer<MachineStore.Change>> listeners = new CopyOnWriteArrayList<>();
  private final Object looking = new Object();
  private long revision;

  /** The machines of a store. */
  public Fleet(MachineStore store, Journal journal, Currency currency) {
    this.store = store;
    this.journal = journal;
    this.currency = currency;
  }

  /** Knows that there are no machines. */
  public static Fleet empty(Clock clock) {
    Currency currency = new Currency(false, System::nanoTime);
    currency.lookedSince(currency.now());
    return new Fleet(new EmptyStore(), new Journal(clock), currency);
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

  /** Every machine whose installation is open, as the store knows it. */
  List<StoredMachine> open() {
    return inventory.open();
  }

  /** Scripts that the store does not know of yet. */
  HandOuts handOuts() {
    return handOuts;
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

  /** Completes when no server acts on what was before the last write. */
  public CompletionStage<Boolean> knownToAll() {
    return currency.knownToAll();
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

  /** Keeps what was delivered; see {@link MachineStore#cover}. */
  Coverage cover(String token, String image, Coverage delivered) throws StoreException {
    return store.cover(token, image, delivered);
  }

  /** Stores the history. */
  void settleHistory() throws StoreException {
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
