package io.sluice.server.api;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.MergePatch;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.HistoryEntry;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.NearestNames;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One machine: shown, put, changed, deleted, with conditions on its revision (RFC 9110 §13). */
final class MachineResources {
  /** In bytes; a page of a list may have a thousand machines. */
  static final int LARGEST_BODY = 256 * 1024;

  static final List<String> JSON_TYPES = List.of(Json.TYPE, "application/merge-patch+json");
  private static final AsciiString LOCATION = AsciiString.cached("Location");
  private static final int MOST_TRIES = 10;
  private static final int LONGEST_HISTORY = 1000;

  private final Fleet fleet;
  private final References references;
  private final Access access;
  private final RequestThreads pool;
  private final InstallProgress progress;

  MachineResources(
      Fleet fleet,
      References references,
      InstallProgress progress,
      Access access,
      RequestThreads pool) {
    this.progress = progress;
    this.fleet = fleet;
    this.references = references;
    this.access = access;
    this.pool = pool;
  }

  Resource one() {
    return new Resource(access, pool)
        .open(HttpMethod.GET, request -> shown(request, existing(request), HttpResponseStatus.OK))
        .guarded(HttpMethod.PUT, LARGEST_BODY, JSON_TYPES, this::put)
        .guarded(HttpMethod.PATCH, LARGEST_BODY, JSON_TYPES, this::patch)
        .parameters(HttpMethod.PUT, References.PARAMETERS)
        .parameters(HttpMethod.PATCH, References.PARAMETERS)
        .guarded(HttpMethod.DELETE, this::delete);
  }

  Resource history() {
    return new Resource(access, pool)
        .open(
            HttpMethod.GET,
            request -> {
              int limit = Query.of(request).number("limit", 1, LONGEST_HISTORY, 100);
              String name = request.parameter("id");
              String id = find(name).map(stored -> stored.machine().id()).orElse(name);
              List<Map<String, String>> entries =
                  fleet.history(id, limit).stream().map(MachineResources::entry).toList();
              if (entries.isEmpty()) {
                // Of one that is gone the history says who deleted it.
                existing(request);
              }
              return Json.ok(Map.of("history", entries));
            })
        .parameters(HttpMethod.GET, Set.of("limit"));
  }

  /** What the installer of a machine has said, the last time it sent that. */
  Resource log() {
    return new Resource(access, pool)
        .open(
            HttpMethod.GET,
            request -> {
              StoredMachine stored = existing(request);
              String text =
                  fleet.history(stored.machine().id(), LONGEST_HISTORY).stream()
                      .filter(entry -> entry.event().equals(ReportResources.LOG_EVENT))
                      .findFirst()
                      .orElseThrow(
                          () ->
                              new BadRequest(
                                  HttpResponseStatus.NOT_FOUND,
                                  stored.machine().id()
                                      + " (expected: a machine whose installer has sent its log)"))
                      .detail();
              return new Reply.Page(
                  HttpResponseStatus.OK,
                  "text/plain; charset=utf-8",
                  (text + "\n").getBytes(StandardCharsets.UTF_8),
                  Map.of(ResponseFields.CACHE_CONTROL, "no-store"));
            });
  }

  static Map<String, String> entry(HistoryEntry entry) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("at", entry.at().toString());
    fields.put("event", entry.event());
    // A log is long, and has an address of its own.
    fields.put(
        "detail",
        entry.event().equals(ReportResources.LOG_EVENT)
            ? entry.detail().lines().count() + " lines of the installer"
            : entry.detail());
    if (!entry.by().address().isEmpty()) {
      fields.put("address", entry.by().address());
    }
    if (!entry.by().token().isEmpty()) {
      fields.put("token", entry.by().token());
    }
    return fields;
  }

  /** The machine a path names by its id or by one of its addresses. */
  StoredMachine existing(Request request) throws BadRequest, StoreException {
    return find(request.parameter("id"))
        .orElseThrow(
            () ->
                new BadRequest(
                    HttpResponseStatus.NOT_FOUND,
                    request.parameter("id")
                        + " (expected: a machine that is known"
                        + similar(fleet, request.parameter("id"))
                        + ")"));
  }

  /** Machines whose names are like one that is not there. */
  static String similar(Fleet fleet, String name) {
    return NearestNames.similar(name, fleet.inventory().ids());
  }

  private Optional<StoredMachine> find(String name) throws BadRequest, StoreException {
    fleet.catchUp();
    Optional<MachineStore.Unreadable> unreadable = fleet.unreadable(name);
    if (unreadable.isPresent()) {
      throw unreadable(unreadable.get(), "");
    }
    return fleet.byId(name).or(() -> MacAddress.parse(name).flatMap(fleet::byMac));
  }

  Reply shown(Request request, StoredMachine stored, HttpResponseStatus status) {
    Map<CharSequence, String> headers = new LinkedHashMap<>();
    headers.put(ResponseFields.ETAG, etag(stored.revision()));
    headers.put(ResponseFields.VARY, "Authorization");
    if (status.equals(HttpResponseStatus.CREATED)) {
      headers.put(LOCATION, "/api/v1/machines/" + stored.machine().id());
    }
    Map<String, @Nullable Object> document = document(stored, access.isTrusted(request));
    InstallProgress.Report report = progress.of(stored.machine().installation());
    if (report != null && document.get("installation") instanceof Map<?, ?> installation) {
      Map<String, @Nullable Object> more = new LinkedHashMap<>();
      installation.forEach((name, value) -> more.put(String.valueOf(name), value));
      more.put("progress", progress(report));
      document.put("installation", more);
    }
    return Json.page(status, document, headers);
  }

  static Map<String, Object> progress(InstallProgress.Report report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("stage", report.stage().spelling());
    fields.put("bytes", report.bytes());
    fields.put("total", report.total());
    fields.put("rate", report.rate());
    if (!report.disk().isEmpty()) {
      fields.put("disk", report.disk());
    }
    fields.put("at", report.at().toString());
    return fields;
  }

  static Map<String, @Nullable Object> document(StoredMachine stored, boolean trusted) {
    Map<String, @Nullable Object> fields = MachineDocument.write(stored.machine(), trusted);
    fields.put("revision", stored.revision());
    return fields;
  }

  private static String etag(long revision) {
    return "\"" + revision + "\"";
  }

  private interface Next {
    @Nullable Machine of(@Nullable Machine now) throws FieldException, BadRequest, IOException;
  }

  private CompletionStage<Reply> put(Request request)
      throws BadRequest, FieldException, IOException {
    Map<String, @Nullable Object> object = Json.object(Resource.body(request));
    String name = request.parameter("id");
    Optional<MacAddress> mac = MacAddress.parse(name);
    String id =
        find(name)
            .map(stored -> stored.machine().id())
            .orElseGet(() -> mac.map(each -> each.colons().replace(':', '-')).orElse(name));
    if (mac.isPresent() && object.get("macs") == null) {
      object.put("macs", List.of(mac.get().colons()));
    }
    References.Check check = references.check(Query.of(request));
    return change(
        request,
        id,
        now -> {
          Machine next = MachineDocument.read(id, object, now);
          check.machine(next, now);
          return next;
        });
  }

  private CompletionStage<Reply> patch(Request request)
      throws BadRequest, FieldException, IOException {
    Map<String, @Nullable Object> patch = Json.object(Resource.body(request));
    References.Check check = references.check(Query.of(request));
    String id = existing(request).machine().id();
    return change(
        request,
        id,
        now -> {
          if (now == null) {
            throw gone(id);
          }
          Map<String, @Nullable Object> document = MachineDocument.write(now, true);
          document.remove("installation");
          MergePatch.apply(document, patch);
          Machine next = MachineDocument.read(id, document, now, patch.keySet());
          check.machine(next, now);
          return next;
        });
  }

  private CompletionStage<Reply> delete(Request request)
      throws BadRequest, FieldException, IOException {
    Optional<MachineStore.Unreadable> unreadable = fleet.unreadable(request.parameter("id"));
    if (unreadable.isPresent()) {
      return deleteUnreadable(request, unreadable.get());
    }
    String id = existing(request).machine().id();
    return change(
        request,
        id,
        now -> {
          if (now == null) {
            throw gone(id);
          }
          return null;
        });
  }

  /** The only thing that can be done with a record that this server cannot read. */
  private CompletionStage<Reply> deleteUnreadable(
      Request request, MachineStore.Unreadable unreadable) throws BadRequest, StoreException {
    checkConditions(request, unreadable.revision());
    MachineStore.Result result =
        fleet.write(List.of(new MachineStore.Edit(unreadable.id(), null, unreadable.revision())));
    if (result instanceof MachineStore.Result.Written) {
      Reply deleted = new Reply.Page(HttpResponseStatus.NO_CONTENT, "", new byte[0], Map.of());
      return fleet.knownToAll().thenApply(known -> deleted);
    }
    fleet.look();
    throw new BadRequest(HttpResponseStatus.CONFLICT, unreadable.id() + " has changed meanwhile");
  }

  /** A record that this server cannot read is not changed. */
  static BadRequest unreadable(MachineStore.Unreadable record, String where) {
    return new BadRequest(
        HttpResponseStatus.CONFLICT,
        where
            + record.id()
            + ": its record in the store cannot be read and is left as it is: "
            + record.problem());
  }

  private static BadRequest gone(String id) {
    return new BadRequest(HttpResponseStatus.NOT_FOUND, id + " (expected: a known machine)");
  }

  /**
   * Makes a change under the conditions of a request, anew when another write was faster. What
   * takes an install script away from a client that asks by some name is answered when no server
   * hands it out.
   */
  private CompletionStage<Reply> change(Request request, String id, Next next)
      throws BadRequest, FieldException, IOException {
    AuditedEdits edits = new AuditedEdits(fleet.journal(), access.actor(request));
    for (int i = 0; i < MOST_TRIES; i++) {
      Optional<StoredMachine> now = fleet.byId(id);
      long revision = now.map(StoredMachine::revision).orElse(MachineStore.ABSENT);
      checkConditions(request, revision);
      Machine before = now.map(StoredMachine::machine).orElse(null);
      Machine machine = next.of(before);
      MachineStore.Result result = fleet.write(List.of(edits.edit(id, before, revision, machine)));
      if (result instanceof MachineStore.Result.Taken taken) {
        throw taken(taken, "");
      }
      if (result instanceof MachineStore.Result.Written written) {
        MachineStore.Change change = written.changes().get(0);
        Reply reply =
            change.machine() == null
                ? new Reply.Page(HttpResponseStatus.NO_CONTENT, "", new byte[0], Map.of())
                : shown(
                    request,
                    new StoredMachine(change.machine(), change.revision()),
                    revision == 0 ? HttpResponseStatus.CREATED : HttpResponseStatus.OK);
        return machine == null || losesName(before, machine)
            ? fleet.knownToAll().thenApply(known -> reply)
            : CompletableFuture.completedFuture(reply);
      }
      fleet.look();
    }
    throw new BadRequest(HttpResponseStatus.CONFLICT, id + " changes too often");
  }

  private static boolean losesName(@Nullable Machine before, Machine after) {
    return before != null
        && before.installation().isOpen()
        && !(after.macs().containsAll(before.macs())
            && after.uuid().equals(before.uuid())
            && after.serial().equals(before.serial()));
  }

  static BadRequest taken(MachineStore.Result.Taken taken, String where) {
    String kind = taken.key().substring(0, taken.key().indexOf(' '));
    String field = kind.equals("mac") ? "macs" : kind;
    return new BadRequest(
        HttpResponseStatus.CONFLICT,
        where + field + " (expected: no " + taken.key() + ", which " + taken.owner() + " has)",
        where + field,
        Map.of());
  }

  private static void checkConditions(Request request, long revision) throws BadRequest {
    String match = request.headers().get(HttpHeaderNames.IF_MATCH);
    String noneMatch = request.headers().get(HttpHeaderNames.IF_NONE_MATCH);
    boolean matches = match == null || names(match, revision);
    boolean differs = noneMatch == null || !names(noneMatch, revision);
    if (!matches || !differs) {
      String state = revision == 0 ? "it is not there" : "it is at " + etag(revision);
      throw new BadRequest(
          HttpResponseStatus.PRECONDITION_FAILED,
          (matches ? "If-None-Match" : "If-Match")
              + " (expected: the state there is; "
              + state
              + ")");
    }
  }

  private static boolean names(String field, long revision) {
    if (revision == 0) {
      return false;
    }
    for (String tag : field.split(",", -1)) {
      if (tag.strip().equals("*") || tag.strip().equals(etag(revision))) {
        return true;
      }
    }
    return false;
  }
}
