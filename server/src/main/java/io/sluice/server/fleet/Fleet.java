package io.sluice.server.fleet;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.EmptyStore;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machines of a server: what memory knows of them, and every change, which goes to the store
 * first. Looking never waits; what throws {@link StoreException} blocks and belongs on a pool.
 */
public final class Fleet {
  private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

  /** How often a change is tried anew when another write was faster. */
  private static final int MOST_TRIES = 20;

  /** How long no write must have failed before the store counts as one that can be written. */
  private static final Duration CALM = Duration.ofSeconds(2);

  private final MachineStore store;
  private final Inventory inventory = new Inventory();
  private final FleetMemory memory;
  private final IssuedScripts issued = new IssuedScripts();
  private final Journal journal;
  private final Freshness freshness;
  private final List<Consumer<MachineStore.Change>> listeners = new CopyOnWriteArrayList<>();
  private final WriteLocks writeLocks = new WriteLocks();
  private final Map<String, MachineStore.Unreadable> unreadable = new ConcurrentHashMap<>();

  private final RevertedInstallations reverted = new RevertedInstallations();

  private volatile String writeTrouble = "";
  private volatile long writeRefused;
  private volatile Known known =
      new Known(MachineStore.Position.NOTHING, MachineStore.Position.NOTHING, 0);

  /**
   * What of the store is in memory.
   *
   * @param position up to where everything is
   * @param newest the newest change, which may be our own; what has to be in the store
   * @param life how often the store went back before
   */
  private record Known(MachineStore.Position position, MachineStore.Position newest, int life) {
    Known with(MachineStore.Position change) {
      return change.revision() > newest.revision() ? new Known(position, change, life) : this;
    }
  }

  /** The machines of a store, as many as this process has memory for. */
  public Fleet(MachineStore store, Journal journal, Freshness freshness) {
    this(store, journal, freshness, FleetMemory.ofHeap());
  }

  /** The machines of a store, as many as there is room for. */
  Fleet(MachineStore store, Journal journal, Freshness freshness, FleetMemory memory) {
    this.memory = memory;
    this.store = store;
    this.journal = journal;
    this.freshness = freshness;
  }

  /** Knows that there are no machines. */
  public static Fleet empty(Clock clock) {
    Freshness freshness = new Freshness(false, System::nanoTime);
    freshness.lookedSince(freshness.begin());
    return new Fleet(new EmptyStore(), new Journal(clock), freshness);
  }

  /** What happens to machines. */
  public Journal journal() {
    return journal;
  }

  /** Whether all machines are in memory. */
  public boolean isLoaded() {
    return freshness.isLoaded();
  }

  /** Whether memory is certainly what the store says. */
  public boolean isCurrent() {
    return freshness.isCurrent() && reverted.isEmpty();
  }

  /** Tells a listener of every change from now on. */
  public void listen(Consumer<MachineStore.Change> listener) {
    listeners.add(listener);
  }

  /** The machine that asks for a script. */
  public Optional<StoredMachine> find(BootRequest request) {
    return inventory.find(request).map(this::withIssued);
  }

  /** The machine of this id. */
  public Optional<StoredMachine> byId(String id) {
    return inventory.byId(id).map(this::withIssued);
  }

  /** The machine with a card of this address. */
  public Optional<StoredMachine> byMac(MacAddress mac) {
    return inventory.byMac(mac).map(this::withIssued);
  }

  /** The machine whose last installation has this token. */
  public Optional<StoredMachine> byToken(String token) {
    return inventory.byToken(token).map(this::withIssued);
  }

  /** Scripts that the store does not know of yet. */
  IssuedScripts issued() {
    return issued;
  }

  /**
   * Machines in the order of their ids, each made when it is come to.
   *
   * @param after begins behind this id; empty for all
   */
  public Stream<StoredMachine> after(String after) {
    return inventory.after(after);
  }

  /** What all machines have in common, and what they take. */
  public Inventory inventory() {
    return inventory;
  }

  /** What machines may take in memory. */
  public FleetMemory memory() {
    return memory;
  }

  private StoredMachine withIssued(StoredMachine stored) {
    Machine machine = stored.machine();
    Installation known = issued.applyTo(machine.id(), machine.installation());
    return known.equals(machine.installation())
        ? stored
        : new StoredMachine(machine.with(known), stored.revision());
  }

  /** How many machines are known. */
  public int size() {
    return inventory.size();
  }

  /** How many machines have an installation in a state, as the store knows it. */
  public int count(Installation.State state) {
    return inventory.count(state);
  }

  /** How long ago the store was asked for news the last time; empty when it never answered. */
  public Optional<Duration> sinceLook() {
    return freshness.sinceLook();
  }

  /** The records that cannot be read, in no order. */
  public Collection<MachineStore.Unreadable> unreadable() {
    return unreadable.values();
  }

  /** Why the record of a machine cannot be read; empty when it can, or there is none. */
  public Optional<MachineStore.Unreadable> unreadable(String id) {
    return Optional.ofNullable(unreadable.get(id));
  }

  /**
   * Memory holds everything that any client was told before this call, by this server or another.
   * What is answered with "not there" or "nothing to do" is looked up after it.
   */
  public void catchUp() throws StoreException {
    if (freshness.isLookDue()) {
      look();
    }
  }

  /**
   * Makes all edits or none; what was made is in memory when this returns.
   *
   * @throws StoreException also when there is no memory for what they add, see {@link
   *     StoreException#isFull}
   */
  public MachineStore.Result write(List<MachineStore.Edit> edits) throws StoreException {
    memory.checkAdded(inventory.bytes(), inventory.growth(edits));
    return writeAnyway(edits);
  }

  /** What becomes of machines that are there is written whatever it takes. */
  private MachineStore.Result writeAnyway(List<MachineStore.Edit> edits) throws StoreException {
    Known base = known;
    MachineStore.Result result;
    WriteLocks.Held lock = writeLocks.take(edits, store.isShared());
    try {
      result = store.write(edits, base.newest());
    } catch (StoreException e) {
      freshness.doubt();
      refusedBy(e);
      throw e;
    } finally {
      lock.release();
    }
    if (result instanceof MachineStore.Result.Written written) {
      publish(base, written);
      edits.stream()
          .map(MachineStore.Edit::noted)
          .filter(Objects::nonNull)
          .forEach(journal::stored);
    }
    return result;
  }

  /**
   * Changes one machine, anew when another write was faster. Whether there is anything to change is
   * decided by what the store says now.
   *
   * @param change gives the same machine back when there is nothing to change
   * @return what the machine is now, empty when it is gone
   */
  Optional<StoredMachine> update(String id, UnaryOperator<Machine> change) throws StoreException {
    return update(id, change, next -> null);
  }

  /**
   * The same with an entry in the history, when there is something to change.
   *
   * @param noted gives the entry for what the machine will be, null for none
   */
  Optional<StoredMachine> update(
      String id, UnaryOperator<Machine> change, Function<Machine, @Nullable HistoryEntry> noted)
      throws StoreException {
    catchUp();
    return amend(id, change, noted);
  }

  /** The same, by what memory says, for what no client waits for and is tried again. */
  Optional<StoredMachine> amend(String id, UnaryOperator<Machine> change) throws StoreException {
    return amend(id, change, next -> null);
  }

  /** The same with an entry in the history. */
  Optional<StoredMachine> amend(
      String id, UnaryOperator<Machine> change, Function<Machine, @Nullable HistoryEntry> noted)
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
          writeAnyway(
              List.of(new MachineStore.Edit(id, next, now.get().revision(), noted.apply(next))));
      if (result instanceof MachineStore.Result.Written) {
        return byId(id);
      }
      look();
    }
    throw new StoreException("the machine changes too often", new IllegalStateException(id));
  }

  /** Adds an entry to a machine's history, which is stored when this returns. */
  public void record(HistoryEntry entry) throws StoreException {
    for (int i = 0; i < MOST_TRIES; i++) {
      Optional<StoredMachine> now = inventory.byId(entry.machine());
      if (now.isEmpty()) {
        return;
      }
      MachineStore.Edit edit =
          new MachineStore.Edit(entry.machine(), now.get().machine(), now.get().revision(), entry);
      if (writeAnyway(List.of(edit)) instanceof MachineStore.Result.Written) {
        return;
      }
      look();
    }
    throw new StoreException(
        "the machine changes too often", new IllegalStateException(entry.machine()));
  }

  /** Completes when no server acts on what was before the last write. */
  public CompletionStage<Boolean> knownToAll() {
    return freshness.knownToAll();
  }

  /** The newest entries of a machine's history, the newest first. */
  public List<HistoryEntry> history(String id, int limit) throws StoreException {
    List<HistoryEntry> entries = new ArrayList<>(journal.waiting(id));
    entries.addAll(store.history(id, limit));
    // What came with a change is stored before what was noted earlier and waits.
    entries.sort(Comparator.comparing(HistoryEntry::at).reversed());
    return entries.size() > limit ? List.copyOf(entries.subList(0, limit)) : entries;
  }

  /**
   * Takes in what is news in the store, and finds out whether it answers. Looks may overlap: one
   * that waits for the store does not hold up the others.
   */
  public void look() throws StoreException {
    for (int i = 0; i < MOST_TRIES; i++) {
      Known before = known;
      Freshness.Look look = freshness.begin();
      if (takeIn(before, store.newsSince(before.position(), before.newest()))) {
        writeReverted();
        freshness.lookedSince(look);
        return;
      }
    }
    throw new StoreException("it goes back again and again", new IllegalStateException());
  }

  /** Returns false for news of a store that went back meanwhile. */
  private synchronized boolean takeIn(Known before, MachineStore.News news) throws StoreException {
    if (known.life() != before.life()) {
      return false;
    }
    memory.checkFollowed(inventory.bytes() + inventory.growthBy(news.changes()));
    boolean wentBack = news.complete() && !before.position().equals(MachineStore.Position.NOTHING);
    news.changes().forEach(reverted::find);
    if (wentBack) {
      takeOver(before, news);
    } else {
      tell(inventory.apply(news.changes()));
    }
    noteUnreadable(news);
    // Only a look moves the position up to which everything is known: a change of our own is
    // published before those of others that came earlier.
    if (wentBack) {
      known = new Known(news.upTo(), news.upTo(), known.life() + 1);
    } else if (news.upTo().revision() >= known.position().revision()) {
      known = new Known(news.upTo(), known.newest(), known.life()).with(news.upTo());
    }
    return true;
  }

  /**
   * The store was restored, or is a replica that has lost the last seconds. What it says is taken
   * over, but for one thing: an installation whose end was reported to a client does not begin
   * again.
   */
  private void takeOver(Known before, MachineStore.News news) {
    LOG.warn(
        "store: went back (from revision {}, now {}): it was restored or has lost writes; all {}"
            + " machines are read anew",
        before.newest().revision(),
        news.upTo().revision(),
        news.changes().size());
    Instant now = journal.now();
    news.changes().forEach(change -> reverted.find(inventory, change, now));
    reverted.keep(
        inventory,
        news.changes().stream()
            .map(MachineStore.Change::machine)
            .filter(Objects::nonNull)
            .map(machine -> machine.installation().token())
            .collect(Collectors.toSet()));
    tell(inventory.replace(news.changes()));
  }

  private void writeReverted() throws StoreException {
    for (StoredMachine ended : reverted.all()) {
      Machine machine = ended.machine();
      Known base = known;
      MachineStore.Result result =
          store.write(
              List.of(new MachineStore.Edit(machine.id(), machine, ended.revision())),
              base.newest());
      if (result instanceof MachineStore.Result.Written written) {
        LOG.warn(
            "machine {}: the store had lost that its installation is {}; written again",
            machine.id(),
            machine.installation().state());
        publish(base, written);
      }
      // When another write was faster, that change counts, and comes with the next look.
      reverted.settle(ended);
    }
  }

  private void noteUnreadable(MachineStore.News news) {
    if (news.complete()) {
      unreadable.clear();
    }
    news.changes().forEach(change -> unreadable.remove(change.id()));
    for (MachineStore.Unreadable each : news.unreadable()) {
      LOG.warn(
          "machine {}: its record in the store cannot be read and is left as it is: {}",
          each.id(),
          each.problem());
      tell(inventory.apply(List.of(new MachineStore.Change(each.id(), null, each.revision()))));
      unreadable.put(each.id(), each);
    }
  }

  /** What was written to a store that went back meanwhile is not what it holds now. */
  private synchronized void publish(Known base, MachineStore.Result.Written written) {
    if (known.life() == base.life() && !written.changes().isEmpty()) {
      List<MachineStore.Change> changes = written.changes();
      changes.forEach(change -> unreadable.remove(change.id()));
      tell(inventory.apply(changes));
      long last = changes.get(changes.size() - 1).revision();
      known = known.with(new MachineStore.Position(last, written.mark()));
    }
  }

  private void tell(List<MachineStore.Change> news) {
    news.forEach(change -> listeners.forEach(listener -> listener.accept(change)));
  }

  private synchronized void refusedBy(StoreException e) {
    writeTrouble = String.valueOf(e.getMessage());
    writeRefused = System.nanoTime();
  }

  /** Why the store could not be written lately; empty when it can. */
  String writeTrouble() {
    return writeTrouble;
  }

  /**
   * Finds out, some time after a write has failed, whether the store can be written: on a full disk
   * there is always a little room for the next.
   */
  void checkWriting() throws StoreException {
    if (!writeTrouble.isEmpty() && System.nanoTime() - writeRefused > CALM.toNanos()) {
      store.tryWriting();
      synchronized (this) {
        if (System.nanoTime() - writeRefused > CALM.toNanos()) {
          writeTrouble = "";
        }
      }
    }
  }

  /** Keeps what was delivered; see {@link MachineStore#cover}. */
  List<Coverage> cover(List<Delivery> deliveries) throws StoreException {
    return store.cover(deliveries);
  }

  /** What was delivered; see {@link MachineStore#covered}. */
  List<Coverage> covered(String token) throws StoreException {
    return store.covered(token);
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
