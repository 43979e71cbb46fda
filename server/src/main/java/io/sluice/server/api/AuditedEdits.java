package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.fleet.Journal;
import io.sluice.server.machines.Actor;
import io.sluice.server.machines.Difference;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineStore;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Edits of machines that an operator asks for: refused where a lock is in the way, and recorded in
 * the history with the operator as actor.
 */
final class AuditedEdits {
  private final Journal journal;
  private final Actor by;

  AuditedEdits(Journal journal, Actor by) {
    this.journal = journal;
    this.by = by;
  }

  /**
   * An edit with what the history says of it: which fields change, never what is in them.
   *
   * @param before null when the machine is new
   * @param revision of the machine as it is
   * @param after null when it is to be gone
   */
  MachineStore.Edit edit(
      String id, @Nullable Machine before, long revision, @Nullable Machine after)
      throws BadRequest {
    List<Difference> differences = Difference.between(before, after);
    if (before != null && before.lock().isSet()) {
      checkLock(before, after, differences);
    }
    return new MachineStore.Edit(id, after, revision, noted(id, before, after, differences));
  }

  private @Nullable HistoryEntry noted(
      String id, @Nullable Machine before, @Nullable Machine after, List<Difference> differences) {
    if (after == null) {
      return journal.entry(id, "deleted", "", by);
    }
    String names = Difference.names(differences);
    if (before == null) {
      return journal.entry(id, "created", names, by);
    }
    return differences.isEmpty() ? null : journal.entry(id, "changed", names, by);
  }

  /**
   * An operator who deletes a machine or gives its cards to another could install it all the same.
   */
  private static void checkLock(
      Machine before, @Nullable Machine after, List<Difference> differences) throws BadRequest {
    if (after == null) {
      throw locked(before, "");
    }
    for (Difference each : differences) {
      if (List.of("macs", "uuid", "serial").contains(each.field())) {
        throw locked(before, each.field());
      }
    }
  }

  /**
   * What is told when a lock is in the way.
   *
   * @param field what cannot be changed because of it, empty when it is something else
   */
  static BadRequest locked(Machine machine, String field) {
    return new BadRequest(
        HttpResponseStatus.CONFLICT,
        (field.isEmpty() ? "" : field + " of ")
            + machine.id()
            + ": "
            + machine.lock()
            + " (expected: unlocked first)",
        field,
        Map.of());
  }
}
