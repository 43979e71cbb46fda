package io.sluice.server.api;

import com.fasterxml.jackson.jr.ob.ValueIterator;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.boot.FieldException;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.Installation;
import io.sluice.server.boot.Machine;
import io.sluice.server.boot.MachineDocument;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.StoredMachine;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Many machines at once: listed page by page, imported all or none. */
final class MachineList {
  /** Some 30,000 machines with a name and an address each. */
  static final int LARGEST_IMPORT = 4 * 1024 * 1024;

  private static final int STANDARD_PAGE = 100;
  private static final int LARGEST_PAGE = 10_000;
  private static final int MOST_TRIES = 10;

  private final Fleet fleet;
  private final Access access;
  private final Executor pool;

  MachineList(Fleet fleet, Access access, Executor pool) {
    this.fleet = fleet;
    this.access = access;
    this.pool = pool;
  }

  Resource resource() {
    return new Resource(access, pool)
        .open(HttpMethod.GET, this::list)
        .guarded(
            HttpMethod.POST,
            LARGEST_IMPORT,
            List.of(Json.TYPE, MachineCsv.TYPE),
            Resource.now(this::imported));
  }

  private Reply list(Request request) throws BadRequest {
    Set<String> known = new HashSet<>(MachineFilter.PARAMETERS);
    known.addAll(List.of("limit", "after", "format"));
    Query query = Query.of(request, known);
    int limit = query.number("limit", 1, LARGEST_PAGE, STANDARD_PAGE);
    MachineFilter filter = new MachineFilter(query);
    String after = query.text("after");
    List<StoredMachine> page =
        fleet.all().stream()
            .filter(stored -> stored.machine().id().compareTo(after) > 0)
            .filter(stored -> filter.test(stored.machine()))
            .sorted(Comparator.comparing(stored -> stored.machine().id()))
            .limit(limit + 1L)
            .toList();
    boolean more = page.size() > limit;
    List<StoredMachine> shown = more ? page.subList(0, limit) : page;
    return switch (query.text("format")) {
      case "", "json" -> json(request, shown, more);
      case "csv" -> csv(request, shown);
      default -> throw Query.wrong("format", "json or csv");
    };
  }

  private Reply json(Request request, List<StoredMachine> shown, boolean more) {
    boolean trusted = access.isTrusted(request);
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put(
        "machines",
        shown.stream().map(stored -> MachineResources.document(stored, trusted)).toList());
    if (more) {
      answer.put("next", shown.get(shown.size() - 1).machine().id());
    }
    return Json.page(HttpResponseStatus.OK, answer, Map.of(ResponseFields.VARY, "Authorization"));
  }

  private Reply csv(Request request, List<StoredMachine> shown) throws BadRequest {
    // A table without secrets would delete them when it is imported again.
    access.check(request);
    byte[] table = MachineCsv.write(shown.stream().map(StoredMachine::machine).toList());
    return new Reply.Page(
        HttpResponseStatus.OK,
        MachineCsv.TYPE + "; charset=utf-8",
        table,
        Map.of(ResponseFields.CACHE_CONTROL, "no-store", ResponseFields.VARY, "Authorization"));
  }

  /** Puts every machine of the body, as one change. */
  private Reply imported(Request request) throws BadRequest, FieldException, IOException {
    byte[] body = Resource.body(request);
    List<Map<String, @Nullable Object>> objects =
        Resource.type(request).equals(MachineCsv.TYPE) ? MachineCsv.read(body) : objects(body);
    String kind = Resource.type(request).equals(MachineCsv.TYPE) ? "line " : "machine ";
    int first = kind.equals("line ") ? 2 : 0;
    for (int i = 0; i < MOST_TRIES; i++) {
      List<MachineStore.Edit> edits = new ArrayList<>();
      Set<String> ids = new HashSet<>();
      for (int at = 0; at < objects.size(); at++) {
        edits.add(edit(objects.get(at), kind + (at + first) + ": ", ids));
      }
      MachineStore.Result result = fleet.write(edits);
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

  private MachineStore.Edit edit(
      Map<String, @Nullable Object> object, String where, Set<String> ids) throws BadRequest {
    String id = object.get("id") instanceof String text ? text : "";
    Optional<StoredMachine> now = fleet.byId(id);
    Installation installation =
        now.map(stored -> stored.machine().installation()).orElse(Installation.NONE);
    try {
      Machine machine = MachineDocument.read(id, object, installation);
      if (!ids.add(id)) {
        throw new FieldException("id", "each once; " + id + " is there twice");
      }
      long revision = now.map(StoredMachine::revision).orElse(MachineStore.ABSENT);
      return new MachineStore.Edit(id, machine, revision);
    } catch (FieldException e) {
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          where + e.getMessage(),
          where + e.field(),
          Map.of());
    }
  }

  private static List<Map<String, @Nullable Object>> objects(byte[] body) throws BadRequest {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    // One after the other, so that the whole tree is never in memory.
    try (ValueIterator<Object> each = Json.reader().anySequenceFrom(body)) {
      while (each.hasNext()) {
        objects.add(object(each.next()));
      }
    } catch (IOException e) {
      throw Json.malformed(e);
    } catch (RuntimeException e) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST, "body (expected: a JSON array of machines)");
    }
    return objects;
  }

  private static Map<String, @Nullable Object> object(Object value) throws BadRequest {
    if (!(value instanceof Map<?, ?> map)) {
      throw new BadRequest(
          HttpResponseStatus.BAD_REQUEST, "body (expected: a JSON array of machines)");
    }
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    map.forEach((key, each) -> object.put(String.valueOf(key), each));
    return object;
  }
}
