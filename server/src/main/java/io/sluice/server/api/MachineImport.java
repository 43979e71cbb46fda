package io.sluice.server.api;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.boot.FieldException;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.Machine;
import io.sluice.server.boot.MachineDocument;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.StoredMachine;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Puts many machines, all or none. Every machine of an import is in memory twice until it is
 * stored, so an import has a bound, and there is one at a time.
 */
final class MachineImport {
  /** The most machines with some variables each, in bytes. */
  static final int LARGEST_BODY = 4 * 1024 * 1024;

  /** With 50,000 machines in the recommended heap there is room for twice as many. */
  private static final int MOST_MACHINES = 10_000;

  private static final int MOST_TRIES = 10;

  private final Fleet fleet;
  private final References references;
  private final Access access;
  private final Semaphore turn = new Semaphore(1);

  MachineImport(Fleet fleet, References references, Access access) {
    this.fleet = fleet;
    this.references = references;
    this.access = access;
  }

  /** Puts every machine of the body, as one change. */
  Reply answer(Request request) throws BadRequest, IOException {
    if (!turn.tryAcquire()) {
      return Problems.later("another import is under way (expected: one at a time)");
    }
    try {
      return imported(request);
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    } finally {
      turn.release();
    }
  }

  private Reply imported(Request request) throws BadRequest, IOException {
    fleet.catchUp();
    References.Check check = references.check(Query.of(request));
    OperatorEdits asked = new OperatorEdits(fleet.journal(), access.actor(request));
    for (int i = 0; i < MOST_TRIES; i++) {
      MachineStore.Result result = fleet.write(edits(request, check, asked));
      if (result instanceof MachineStore.Result.Taken taken) {
        throw MachineResources.taken(taken, taken.id() + ": ");
      }
      if (result instanceof MachineStore.Result.Written written) {
        return Json.ok(Map.of("written", written.changes().size()));
      }
      fleet.lookAgain();
    }
    throw new BadRequest(HttpResponseStatus.CONFLICT, "machines change too often");
  }

  private List<MachineStore.Edit> edits(
      Request request, References.Check check, OperatorEdits asked) throws BadRequest {
    List<MachineStore.Edit> edits = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    byte[] body = Resource.body(request);
    if (Resource.type(request).equals(MachineCsv.TYPE)) {
      MachineCsv.read(
          body,
          (object, line) -> add(edits, edit(object, "line " + line + ": ", ids, check, asked)));
    } else {
      Json.objects(
          body,
          object -> add(edits, edit(object, "machine " + edits.size() + ": ", ids, check, asked)));
    }
    return edits;
  }

  private static void add(List<MachineStore.Edit> edits, MachineStore.Edit edit) throws BadRequest {
    if (edits.size() == MOST_MACHINES) {
      throw new BadRequest(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "body (expected: at most " + MOST_MACHINES + " machines)");
    }
    edits.add(edit);
  }

  private MachineStore.Edit edit(
      Map<String, @Nullable Object> object,
      String where,
      Set<String> ids,
      References.Check check,
      OperatorEdits asked)
      throws BadRequest {
    String id = object.get("id") instanceof String text ? text : "";
    Optional<StoredMachine> now = fleet.byId(id);
    Machine before = now.map(StoredMachine::machine).orElse(null);
    try {
      Machine machine = MachineDocument.read(id, object, before);
      if (!ids.add(id)) {
        throw new FieldException("id", "each once; " + id + " is there twice");
      }
      check.machine(machine, before);
      long revision = now.map(StoredMachine::revision).orElse(MachineStore.ABSENT);
      return asked.edit(id, before, revision, machine);
    } catch (FieldException e) {
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          where + e.getMessage(),
          where + e.field(),
          Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
