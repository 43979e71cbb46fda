package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.BodyIntake;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RequestBody;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts many machines, all or none, and writes only those that change. Every machine of an import is
 * in memory twice until it is stored, so an import has a bound, and there is one at a time.
 */
final class MachineImport {
  /** The most machines with some variables each, in bytes. */
  static final int LARGEST_BODY = 4 * 1024 * 1024;

  static final Set<String> PARAMETERS =
      Stream.concat(References.PARAMETERS.stream(), Stream.of("dry_run", "prune", "after", "to"))
          .collect(Collectors.toUnmodifiableSet());

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

  /**
   * How an import is asked for.
   *
   * @param dryRun nothing is written
   * @param prune machines that are not in the body are removed
   * @param after only such with an id after this one
   * @param to only such with an id up to this one; empty is no bound
   */
  private record Order(boolean dryRun, boolean prune, String after, String to) {
    static Order of(Query query) throws BadRequest {
      Order order =
          new Order(
              query.flag("dry_run"), query.flag("prune"), query.text("after"), query.text("to"));
      if (!order.prune) {
        for (String name : new String[] {"after", "to"}) {
          if (!query.text(name).isEmpty()) {
            throw query.wrong(name, "given with prune=true only, whose range it is");
          }
        }
      }
      return order;
    }
  }

  /** Puts every machine of the body, as one change. */
  CompletionStage<Reply> answer(Request request) throws BadRequest, IOException {
    ImportBody body = body(request);
    try {
      return body.take() ? imported(request) : CompletableFuture.completedFuture(ImportBody.busy());
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    } finally {
      body.abandon();
    }
  }

  /** How the body comes: not before it is its turn. */
  BodyIntake intake(Request request) throws BadRequest {
    long length = request.headers().getInt(HttpHeaderNames.CONTENT_LENGTH, -1);
    boolean tooLong = request.headers().get(HttpHeaderNames.CONTENT_LENGTH, "").length() > 9;
    int limit = (int) Math.min(LARGEST_BODY, fleet.memory().importBytes());
    if (tooLong || length > limit) {
      throw ImportBody.tooLarge(limit);
    }
    return new BodyIntake.Pour(new ImportBody(turn, length, limit));
  }

  private static ImportBody body(Request request) {
    if (request.body() instanceof RequestBody.Poured poured
        && poured.sink() instanceof ImportBody body) {
      return body;
    }
    throw new IllegalStateException("the body went elsewhere");
  }

  private CompletionStage<Reply> imported(Request request) throws BadRequest, IOException {
    Query query = Query.of(request);
    Order order = Order.of(query);
    References.Check check = references.check(query);
    fleet.catchUp();
    if (!fleet.isLoaded()) {
      throw new BadRequest(HttpResponseStatus.SERVICE_UNAVAILABLE, "the store was not reached yet");
    }
    for (int i = 0; i < MOST_TRIES; i++) {
      ImportPlan plan = plan(request, order, check);
      checkCondition(request, plan);
      if (order.dryRun()) {
        return CompletableFuture.completedFuture(shown(plan, true));
      }
      MachineStore.Result result = fleet.write(plan.edits());
      if (result instanceof MachineStore.Result.Taken taken) {
        throw MachineResources.taken(taken, taken.id() + ": ");
      }
      if (result instanceof MachineStore.Result.Written) {
        Reply answer = shown(plan, false);
        // No server may act on what was removed when this is answered.
        return plan.removes()
            ? fleet.knownToAll().thenApply(known -> answer)
            : CompletableFuture.completedFuture(answer);
      }
      fleet.look();
    }
    throw new BadRequest(HttpResponseStatus.CONFLICT, "machines change too often");
  }

  private static Reply shown(ImportPlan plan, boolean dryRun) {
    return Json.page(
        HttpResponseStatus.OK, plan.document(dryRun), Map.of(ResponseFields.ETAG, plan.etag()));
  }

  /** What was looked at in a dry run is what is written, or nothing is. */
  private static void checkCondition(Request request, ImportPlan plan) throws BadRequest {
    String match = request.headers().get(HttpHeaderNames.IF_MATCH);
    if (match != null && !match.strip().equals("*") && !match.strip().equals(plan.etag())) {
      throw new BadRequest(
          HttpResponseStatus.PRECONDITION_FAILED,
          "If-Match (expected: "
              + plan.etag()
              + "; machines were changed meanwhile, and so other changes are due)");
    }
  }

  private ImportPlan plan(Request request, Order order, References.Check check) throws BadRequest {
    ImportPlan plan =
        new ImportPlan(fleet, new AuditedEdits(fleet.journal(), access.actor(request)));
    Set<String> ids = new HashSet<>();
    byte[] body = body(request).bytes();
    if (Resource.type(request).equals(MachineCsv.TYPE)) {
      MachineCsv.read(
          body,
          request.headers().get(HttpHeaderNames.CONTENT_TYPE, ""),
          (object, line) -> put(plan, object, "line " + line + ": ", ids, check));
    } else {
      Json.objects(body, object -> put(plan, object, "machine " + ids.size() + ": ", ids, check));
    }
    if (order.prune()) {
      prune(plan, order, ids);
    }
    plan.checkNames();
    return plan;
  }

  private void put(
      ImportPlan plan,
      Map<String, @Nullable Object> object,
      String where,
      Set<String> ids,
      References.Check check)
      throws BadRequest {
    if (ids.size() == MOST_MACHINES) {
      throw new BadRequest(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "body (expected: at most " + MOST_MACHINES + " machines)");
    }
    String id = object.get("id") instanceof String text ? text : "";
    if (fleet.unreadable(id).isPresent()) {
      throw MachineResources.unreadable(fleet.unreadable(id).get(), where);
    }
    Optional<StoredMachine> now = fleet.byId(id);
    Machine before = now.map(StoredMachine::machine).orElse(null);
    try {
      Machine machine = MachineDocument.read(id, object, before);
      if (!ids.add(id)) {
        throw new FieldException("id", id, "each once");
      }
      check.machine(machine, before);
      plan.put(now, machine);
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

  private void prune(ImportPlan plan, Order order, Set<String> ids) throws BadRequest {
    if (ids.isEmpty()) {
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          "prune: true (expected: at least one machine in the body, or all there are would go)",
          "prune",
          Map.of());
    }
    int removed = 0;
    Iterator<StoredMachine> all = fleet.after(order.after()).iterator();
    while (all.hasNext()) {
      StoredMachine stored = all.next();
      String id = stored.machine().id();
      if (!order.to().isEmpty() && id.compareTo(order.to()) > 0) {
        return;
      }
      if (!ids.contains(id)) {
        plan.remove(stored);
        removed++;
      }
      if (removed > MOST_MACHINES) {
        throw new BadRequest(
            HttpResponseStatus.UNPROCESSABLE_ENTITY,
            "prune: true (expected: at most "
                + MOST_MACHINES
                + " machines to remove at once; after and to bound them)",
            "prune",
            Map.of());
      }
    }
  }
}
