package io.sluice.server.fleet;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.PackedMachine;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.net.Identifiers;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All machines in memory, packed, found by any of their names. Looking never waits; changes may
 * come in any order, and the one with the highest revision counts. What names no machine ({@link
 * Identifiers}) or, in records of an older server, several, finds none.
 */
public final class Inventory {
  private static final String MAC = "mac";
  private static final String UUID = "uuid";
  private static final String SERIAL = "serial";
  private static final String TOKEN = "token";

  /** Some MiB at most. */
  private static final int RECENT = 512;

  /** In bytes, packed. */
  private static final int LARGEST_RECENT = 4096;

  private final AtomicReferenceArray<@Nullable Recent> recent = new AtomicReferenceArray<>(RECENT);
  private final ConcurrentSkipListMap<String, Held> byId = new ConcurrentSkipListMap<>();
  private final NameIndex names = new NameIndex();
  private final long seed = new SecureRandom().nextLong();
  private final Map<String, Long> gone = new ConcurrentHashMap<>();
  private final Map<Installation.State, Integer> states = new ConcurrentHashMap<>();

  /**
   * Until when what is open may take, in milliseconds of the clock; the largest number: for ever.
   */
  private final Map<String, Long> open = new ConcurrentHashMap<>();

  private final Map<String, Integer> vars = new ConcurrentHashMap<>();
  private final Map<String, Integer> secrets = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** A machine in memory; the id is the one of all tables. */
  private record Held(String id, PackedMachine packed, long revision) {
    StoredMachine stored() {
      return new StoredMachine(packed.unpack(id), revision);
    }
  }

  /** A machine that was unpacked, and from what. */
  private record Recent(Held held, StoredMachine stored) {}

  /**
   * Takes in what changed.
   *
   * @return the changes that were news
   */
  synchronized List<MachineStore.Change> apply(List<MachineStore.Change> changes) {
    return changes.stream().filter(this::apply).toList();
  }

  /**
   * Takes in what there is, whatever was known before: what is not there is gone.
   *
   * @return the changes that were news
   */
  synchronized List<MachineStore.Change> replace(List<MachineStore.Change> all) {
    Set<String> next = new HashSet<>();
    all.forEach(change -> next.add(change.id()));
    List<MachineStore.Change> news = new ArrayList<>();
    for (Held old : byId.values()) {
      if (!next.contains(old.id())) {
        news.add(new MachineStore.Change(old.id(), null, old.revision()));
      }
    }
    List.copyOf(news).forEach(this::put);
    forgetGone();
    for (MachineStore.Change change : all) {
      if (isNews(byId.get(change.id()), change)) {
        news.add(change);
      }
      put(change);
    }
    return news;
  }

  private void forgetGone() {
    gone.keySet().forEach(id -> bytes.addAndGet(-FleetMemory.ofGone(id)));
    gone.clear();
  }

  private static boolean isNews(@Nullable Held old, MachineStore.Change change) {
    PackedMachine packed = change.packed();
    if (old == null || packed == null) {
      return (old == null) != (packed == null);
    }
    return old.revision() != change.revision()
        || !(old.packed().equals(packed) || old.stored().machine().equals(change.machine()));
  }

  private boolean apply(MachineStore.Change change) {
    Held old = byId.get(change.id());
    long known = old == null ? gone.getOrDefault(change.id(), 0L) : old.revision();
    if (change.revision() <= known) {
      return false;
    }
    put(change);
    return true;
  }

  private void put(MachineStore.Change change) {
    Held old = byId.get(change.id());
    PackedMachine packed = change.packed();
    Machine before = old == null ? null : old.stored().machine();
    Machine next = change.machine();
    if (before != null) {
      states.merge(before.installation().state(), -1, Integer::sum);
    }
    if (next != null) {
      states.merge(next.installation().state(), 1, Integer::sum);
    }
    Set<Long> added = next == null ? Set.of() : numbers(next);
    Set<Long> known = before == null ? Set.of() : numbers(before);
    String id = old == null ? change.id() : old.id();
    if (packed == null || next == null) {
      byId.remove(id);
      open.remove(id);
      bytes.addAndGet(gone.put(id, change.revision()) == null ? FleetMemory.ofGone(id) : 0);
    } else {
      byId.put(id, new Held(id, packed, change.revision()));
      bytes.addAndGet(FleetMemory.of(next, packed));
      bytes.addAndGet(gone.remove(id) == null ? 0 : -FleetMemory.ofGone(id));
      if (next.installation().isOpen()) {
        open.put(id, until(next.installation()));
      } else {
        open.remove(id);
      }
    }
    added.stream().filter(number -> !known.contains(number)).forEach(each -> names.add(each, id));
    known.stream()
        .filter(number -> !added.contains(number))
        .forEach(each -> names.remove(each, id));
    bytes.addAndGet(old == null || before == null ? 0 : -FleetMemory.of(before, old.packed()));
    count(vars, before == null ? Set.of() : before.vars().keySet(), -1);
    count(secrets, before == null ? Set.of() : before.secrets().keySet(), -1);
    count(vars, next == null ? Set.of() : next.vars().keySet(), 1);
    count(secrets, next == null ? Set.of() : next.secrets().keySet(), 1);
  }

  private static long until(Installation installation) {
    return installation.lateAfter().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE);
  }

  private void count(Map<String, Integer> counts, Set<String> keys, int more) {
    for (String key : keys) {
      int size = counts.size();
      counts.merge(key, more, (a, b) -> a + b == 0 ? null : a + b);
      bytes.addAndGet((counts.size() - size) * FleetMemory.ofGone(key));
    }
  }

  /** The numbers of all names of a machine that name it. */
  private Set<Long> numbers(Machine machine) {
    Set<Long> numbers = new HashSet<>();
    BiConsumer<String, String> add =
        (kind, name) -> numbers.add(NameIndex.number(kind, name, seed));
    machine.macs().stream()
        .map(MacAddress::colons)
        .filter(Identifiers::isMac)
        .forEach(mac -> add.accept(MAC, mac));
    Identifiers.uuid(machine.uuid()).ifPresent(uuid -> add.accept(UUID, uuid));
    Identifiers.serial(machine.serial()).ifPresent(serial -> add.accept(SERIAL, serial));
    String token = machine.installation().token();
    if (!token.isEmpty()) {
      add.accept(TOKEN, token);
    }
    return numbers;
  }

  /** The machine of this id. */
  Optional<StoredMachine> byId(String id) {
    return Optional.ofNullable(byId.get(id)).map(this::recent);
  }

  /** A machine that boots is looked at several times. */
  @SuppressWarnings("ReferenceEquality")
  private StoredMachine recent(Held held) {
    int place = held.id().hashCode() & RECENT - 1;
    Recent before = recent.get(place);
    if (before != null && before.held() == held) {
      return before.stored();
    }
    StoredMachine stored = held.stored();
    if (held.packed().length() <= LARGEST_RECENT) {
      recent.set(place, new Recent(held, stored));
    }
    return stored;
  }

  /** The machine with a card of this address. */
  Optional<StoredMachine> byMac(MacAddress mac) {
    return newest(named(MAC, mac.colons()).filter(stored -> stored.machine().macs().contains(mac)));
  }

  /** The machine whose last installation has this token. */
  Optional<StoredMachine> byToken(String token) {
    return newest(
        named(TOKEN, token).filter(stored -> stored.machine().installation().isNamedBy(token)));
  }

  private Optional<StoredMachine> byUuid(String uuid) {
    return newest(
        named(UUID, uuid)
            .filter(
                stored ->
                    Identifiers.uuid(stored.machine().uuid()).filter(uuid::equals).isPresent()));
  }

  private Optional<StoredMachine> bySerial(String serial) {
    List<StoredMachine> owners =
        named(SERIAL, serial)
            .filter(
                stored ->
                    Identifiers.serial(stored.machine().serial())
                        .filter(serial::equals)
                        .isPresent())
            .toList();
    return owners.size() == 1 ? Optional.of(owners.get(0)) : Optional.empty();
  }

  /** While a name goes from one machine to another, both may have it for a moment. */
  private static Optional<StoredMachine> newest(Stream<StoredMachine> machines) {
    return machines.max(Comparator.comparingLong(StoredMachine::revision));
  }

  /** The machines that may have a name. */
  private Stream<StoredMachine> named(String kind, String name) {
    return names.find(NameIndex.number(kind, name, seed)).stream().flatMap(id -> byId(id).stream());
  }

  /** The machine that asks for a script: by its MAC address, else its UUID, else its serial. */
  Optional<StoredMachine> find(BootRequest request) {
    MacAddress mac = request.mac();
    Optional<StoredMachine> machine = mac == null ? Optional.empty() : byMac(mac);
    return machine
        .or(() -> Identifiers.uuid(request.uuid()).flatMap(this::byUuid))
        .or(() -> Identifiers.serial(request.serial()).flatMap(this::bySerial));
  }

  /** The revision at which a machine went; empty when it is there, or was never known. */
  OptionalLong goneAt(String id) {
    Long revision = gone.get(id);
    return revision == null ? OptionalLong.empty() : OptionalLong.of(revision);
  }

  /**
   * Machines in the order of their ids, each unpacked when it is come to.
   *
   * @param after begins behind this id; empty for all
   */
  Stream<StoredMachine> after(String after) {
    return byId.tailMap(after, false).values().stream().map(Held::stored);
  }

  /** The ids of all machines, in their order. */
  public Stream<String> ids() {
    return byId.keySet().stream();
  }

  /** Every machine whose installation has taken too long at a time, in no order. */
  List<StoredMachine> late(Instant now) {
    long millis = now.toEpochMilli();
    return open.entrySet().stream()
        .filter(each -> each.getValue() <= millis)
        .flatMap(each -> byId(each.getKey()).stream())
        .toList();
  }

  /** The names of the variables that any machine has. */
  public Collection<String> variables() {
    return vars.keySet();
  }

  /** The names of the secrets that any machine has. */
  public Collection<String> secrets() {
    return secrets.keySet();
  }

  /** How many have an installation in a state. */
  int count(Installation.State state) {
    return states.getOrDefault(state, 0);
  }

  /** How many there are. */
  int size() {
    return byId.size();
  }

  /** What they take in memory, in bytes; an estimate that is rather too large. */
  public long bytes() {
    return bytes.get();
  }

  /** What would be taken in addition after some edits, in bytes; negative when it would be less. */
  long growth(List<MachineStore.Edit> edits) {
    Map<String, Long> after = new HashMap<>();
    for (MachineStore.Edit edit : edits) {
      Machine next = edit.next();
      after.put(
          edit.id(),
          next == null
              ? FleetMemory.ofGone(edit.id())
              : FleetMemory.of(next, PackedMachine.of(next)));
    }
    long growth = 0;
    for (Map.Entry<String, Long> each : after.entrySet()) {
      Held old = byId.get(each.getKey());
      growth +=
          each.getValue()
              - (old == null ? 0 : FleetMemory.of(old.stored().machine(), old.packed()));
    }
    return growth;
  }

  /** What would be taken in addition after some changes, in bytes, about. */
  long growthBy(List<MachineStore.Change> changes) {
    long growth = 0;
    for (MachineStore.Change change : changes) {
      Held old = byId.get(change.id());
      growth +=
          FleetMemory.about(change.id(), change.packed())
              - (old == null ? 0 : FleetMemory.about(old.id(), old.packed()));
    }
    return growth;
  }
}
