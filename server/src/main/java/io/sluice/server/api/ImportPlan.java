package io.sluice.server.api;

import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.digest.Sha256;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Difference;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.net.Identifiers;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an import would do to the machines there are: which it makes, changes and removes, field by
 * field, and which it leaves as they are.
 */
final class ImportPlan {
  /** Characters of a value that are shown. */
  private static final int LONGEST_VALUE = 200;

  /** In bytes; what is too much for an answer is counted. */
  private static final int LONGEST_ANSWER = 1024 * 1024;

  private static final String SECRET = "(secret)";

  private final Fleet fleet;
  private final AuditedEdits asked;
  private final List<MachineStore.Edit> edits = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<Map<String, Object>> kept = new ArrayList<>();
  private final Map<String, Integer> counts = new HashMap<>();

  /** Every name that a machine of the import has, by whom. */
  private final Map<String, String> names = new HashMap<>();

  private final Set<String> concerned = new HashSet<>();

  private record Change(String id, String kind, List<Difference> differences) {}

  ImportPlan(Fleet fleet, AuditedEdits asked) {
    this.fleet = fleet;
    this.asked = asked;
  }

  /** A machine is to be like this. */
  void put(Optional<StoredMachine> now, Machine machine) throws BadRequest {
    concerned.add(machine.id());
    for (MacAddress mac : machine.macs()) {
      checkTwice("mac " + mac.colons(), machine);
    }
    if (!machine.uuid().isEmpty()) {
      checkTwice("uuid " + machine.uuid(), machine);
    }
    Optional<String> serial = Identifiers.serial(machine.serial());
    if (serial.isPresent()) {
      checkTwice("serial " + serial.get(), machine);
    }
    if (now.isEmpty()) {
      add("created", machine.id(), null, MachineStore.ABSENT, machine);
    } else {
      add("changed", machine.id(), now.get().machine(), now.get().revision(), machine);
    }
  }

  private void checkTwice(String name, Machine machine) throws BadRequest {
    String other = names.putIfAbsent(name, machine.id());
    if (other != null) {
      throw MachineResources.taken(
          new MachineStore.Result.Taken(machine.id(), name, other), machine.id() + ": ");
    }
  }

  /** A machine is to be gone, unless it must not be. */
  void remove(StoredMachine stored) throws BadRequest {
    Machine machine = stored.machine();
    if (machine.lock().isSet()) {
      keep(machine, machine.lock() + "; unlock it first");
    } else if (machine.installation().isOpen()) {
      keep(machine, "it is being installed; cancel that first");
    } else {
      concerned.add(machine.id());
      add("removed", machine.id(), machine, stored.revision(), null);
    }
  }

  private void keep(Machine machine, String why) {
    kept.add(Map.of("id", machine.id(), "why", why));
  }

  private void add(
      String kind, String id, @Nullable Machine before, long revision, @Nullable Machine after)
      throws BadRequest {
    List<Difference> differences = Difference.between(before, after);
    boolean same = before != null && after != null && differences.isEmpty();
    counts.merge(same ? "unchanged" : kind, 1, Integer::sum);
    if (!same) {
      edits.add(asked.edit(id, before, revision, after));
      changes.add(new Change(id, kind, differences));
    }
  }

  /** Whether machines that stay as they are have a name that is wanted; the store looks again. */
  void checkNames() throws BadRequest {
    for (MachineStore.Edit edit : edits) {
      Machine next = edit.next();
      if (next == null) {
        continue;
      }
      for (MacAddress mac : next.macs()) {
        checkFree(next, "mac " + mac.colons(), fleet.byMac(mac));
      }
      checkFree(next, "uuid " + next.uuid(), named(next.uuid(), ""));
      checkFree(next, "serial " + next.serial(), named("", next.serial()));
    }
  }

  private Optional<StoredMachine> named(String uuid, String serial) {
    return fleet.find(
        new BootRequest(null, "", "", "", "", InetAddress.getLoopbackAddress())
            .named(null, uuid, serial));
  }

  private void checkFree(Machine next, String name, Optional<StoredMachine> owner)
      throws BadRequest {
    Optional<String> other =
        owner.map(stored -> stored.machine().id()).filter(id -> !concerned.contains(id));
    if (other.isPresent()) {
      throw MachineResources.taken(
          new MachineStore.Result.Taken(next.id(), name, other.get()), next.id() + ": ");
    }
  }

  List<MachineStore.Edit> edits() {
    return edits;
  }

  boolean removes() {
    return counts.containsKey("removed");
  }

  /** Names what is to be done: the same tag is the same changes, secrets included. */
  String etag() {
    MessageDigest digest = Sha256.begin();
    for (Change change : sorted()) {
      add(digest, change.kind(), change.id());
      change.differences().forEach(each -> add(digest, each.field(), each.from(), each.to()));
    }
    return '"' + HexFormat.of().formatHex(digest.digest(), 0, 16) + '"';
  }

  private List<Change> sorted() {
    return changes.stream().sorted(Comparator.comparing(Change::id)).toList();
  }

  private static void add(MessageDigest digest, String... texts) {
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
      digest.update(bytes);
    }
  }

  /**
   * The answer.
   *
   * @param dryRun nothing was written
   */
  Map<String, @Nullable Object> document(boolean dryRun) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("dry_run", dryRun);
    fields.put("written", dryRun ? 0 : edits.size());
    for (String kind : List.of("created", "changed", "removed", "unchanged")) {
      fields.put(kind, counts.getOrDefault(kind, 0));
    }
    List<Map<String, @Nullable Object>> shown = new ArrayList<>();
    long size = 0;
    for (Change change : sorted()) {
      if (size < LONGEST_ANSWER) {
        Map<String, @Nullable Object> document = document(change);
        size += Json.bytes(document).length;
        shown.add(document);
      }
    }
    fields.put("changes", shown);
    fields.put("changes_left_out", changes.size() - shown.size());
    fields.put("kept", kept);
    return fields;
  }

  private static Map<String, @Nullable Object> document(Change change) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("id", change.id());
    fields.put("change", change.kind());
    fields.put("fields", change.differences().stream().map(ImportPlan::document).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> document(Difference difference) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("field", difference.field());
    value(fields, "from", difference.from(), difference.isSecret());
    value(fields, "to", difference.to(), difference.isSecret());
    return fields;
  }

  private static void value(
      Map<String, @Nullable Object> fields, String name, String value, boolean secret) {
    if (!value.isEmpty()) {
      String shown =
          value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE) + "…";
      fields.put(name, secret ? SECRET : shown);
    }
  }
}
