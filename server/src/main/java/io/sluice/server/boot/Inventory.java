package io.sluice.server.boot;

import io.sluice.server.http.MacAddress;
import io.sluice.server.net.Identifiers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All machines in memory, found by any of their names. Looking never waits; changes may come in any
 * order, and the one with the highest revision counts. What names no machine ({@link Identifiers})
 * or, in records of an older server, several, finds none.
 */
public final class Inventory {
  private final Map<String, StoredMachine> byId = new ConcurrentHashMap<>();
  private final Map<String, String> byMac = new ConcurrentHashMap<>();
  private final Map<String, String> byUuid = new ConcurrentHashMap<>();
  private final Map<String, String> bySerial = new ConcurrentHashMap<>();

  /** Who has a serial number that several have. */
  private final Map<String, Set<String>> sharedSerials = new ConcurrentHashMap<>();

  private final Map<String, String> byToken = new ConcurrentHashMap<>();
  private final Map<String, Long> gone = new ConcurrentHashMap<>();
  private final Map<Installation.State, Integer> states = new ConcurrentHashMap<>();
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  /**
   * Takes in what changed.
   *
   * @return the changes that were news
   */
  public synchronized List<MachineStore.Change> apply(List<MachineStore.Change> changes) {
    return changes.stream().filter(this::apply).toList();
  }

  /**
   * Takes in what there is, whatever was known before: what is not there is gone.
   *
   * @return the changes that were news
   */
  public synchronized List<MachineStore.Change> replace(List<MachineStore.Change> all) {
    Map<String, MachineStore.Change> next = new HashMap<>();
    all.forEach(change -> next.put(change.id(), change));
    List<MachineStore.Change> news = new ArrayList<>();
    for (StoredMachine old : List.copyOf(byId.values())) {
      if (!next.containsKey(old.machine().id())) {
        news.add(new MachineStore.Change(old.machine().id(), null, old.revision()));
      }
    }
    gone.clear();
    for (MachineStore.Change change : news) {
      put(change);
    }
    gone.clear();
    for (MachineStore.Change change : all) {
      StoredMachine old = byId.get(change.id());
      Machine machine = change.machine();
      if (old == null
          ? machine != null
          : old.revision() != change.revision() || !old.machine().equals(machine)) {
        news.add(change);
      }
      put(change);
    }
    return news;
  }

  private boolean apply(MachineStore.Change change) {
    StoredMachine old = byId.get(change.id());
    long known = old == null ? gone.getOrDefault(change.id(), 0L) : old.revision();
    if (change.revision() <= known) {
      return false;
    }
    put(change);
    return true;
  }

  private void put(MachineStore.Change change) {
    StoredMachine old = byId.get(change.id());
    Machine next = change.machine();
    if (old != null) {
      states.merge(old.machine().installation().state(), -1, Integer::sum);
    }
    if (next != null) {
      states.merge(next.installation().state(), 1, Integer::sum);
    }
    if (next == null) {
      byId.remove(change.id());
      gone.put(change.id(), change.revision());
    } else {
      byId.put(change.id(), new StoredMachine(next, change.revision()));
      gone.remove(change.id());
      index(next);
    }
    if (old != null) {
      unindex(old.machine(), next);
    }
    if (next != null && next.installation().isOpen()) {
      open.add(change.id());
    } else {
      open.remove(change.id());
    }
  }

  private void index(Machine machine) {
    machine.macs().stream()
        .map(MacAddress::colons)
        .filter(Identifiers::isMac)
        .forEach(mac -> byMac.put(mac, machine.id()));
    Identifiers.uuid(machine.uuid()).ifPresent(uuid -> byUuid.put(uuid, machine.id()));
    Identifiers.serial(machine.serial()).ifPresent(serial -> indexSerial(serial, machine.id()));
    put(byToken, machine.installation().token(), machine.id());
  }

  private void indexSerial(String serial, String id) {
    String other = bySerial.put(serial, id);
    if (other != null && !other.equals(id)) {
      Set<String> owners =
          sharedSerials.computeIfAbsent(serial, any -> ConcurrentHashMap.newKeySet());
      owners.add(other);
      owners.add(id);
    }
  }

  private void unindexSerial(String serial, String id) {
    bySerial.remove(serial, id);
    Set<String> owners = sharedSerials.get(serial);
    if (owners != null) {
      owners.remove(id);
      if (owners.size() == 1) {
        owners.forEach(only -> bySerial.put(serial, only));
        sharedSerials.remove(serial);
      }
    }
  }

  private static void put(Map<String, String> index, String key, String id) {
    if (!key.isEmpty()) {
      index.put(key, id);
    }
  }

  /** Takes out the names a machine has no longer, unless another has taken them meanwhile. */
  private void unindex(Machine old, @Nullable Machine next) {
    for (MacAddress mac : old.macs()) {
      if (next == null || !next.macs().contains(mac)) {
        byMac.remove(mac.colons(), old.id());
      }
    }
    if (next == null || !next.uuid().equals(old.uuid())) {
      byUuid.remove(old.uuid(), old.id());
    }
    Optional<String> serial = Identifiers.serial(old.serial());
    if (next == null || !Identifiers.serial(next.serial()).equals(serial)) {
      serial.ifPresent(each -> unindexSerial(each, old.id()));
    }
    String token = old.installation().token();
    if (next == null || !next.installation().token().equals(token)) {
      byToken.remove(token, old.id());
    }
  }

  /** The machine of this id. */
  public Optional<StoredMachine> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The machine with a card of this address. */
  public Optional<StoredMachine> byMac(MacAddress mac) {
    return found(byMac.get(mac.colons()));
  }

  /** The machine whose last installation has this token. */
  public Optional<StoredMachine> byToken(String token) {
    return found(byToken.get(token))
        .filter(stored -> stored.machine().installation().isNamedBy(token));
  }

  /** The machine that asks for a script: by its MAC address, else its UUID, else its serial. */
  public Optional<StoredMachine> find(BootRequest request) {
    MacAddress mac = request.mac();
    Optional<StoredMachine> machine = mac == null ? Optional.empty() : byMac(mac);
    return machine
        .or(() -> Identifiers.uuid(request.uuid()).flatMap(uuid -> found(byUuid.get(uuid))))
        .or(
            () ->
                Identifiers.serial(request.serial())
                    .filter(serial -> !sharedSerials.containsKey(serial))
                    .flatMap(serial -> found(bySerial.get(serial))));
  }

  private Optional<StoredMachine> found(@Nullable String id) {
    return id == null ? Optional.empty() : byId(id);
  }

  /** The revision at which a machine went; empty when it is there, or was never known. */
  OptionalLong goneAt(String id) {
    Long revision = gone.get(id);
    return revision == null ? OptionalLong.empty() : OptionalLong.of(revision);
  }

  /** Every machine, in no order. */
  public Collection<StoredMachine> all() {
    return byId.values();
  }

  /** Every machine whose installation is open, in no order. */
  public List<StoredMachine> open() {
    return open.stream().flatMap(id -> byId(id).stream()).toList();
  }

  /** How many have an installation in a state. */
  public int count(Installation.State state) {
    return states.getOrDefault(state, 0);
  }

  /** How many there are. */
  public int size() {
    return byId.size();
  }
}
