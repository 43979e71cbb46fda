package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.PagedList;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineStore;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Many machines at once, listed page by page. */
final class MachineList {
  /** Unreadable records. */
  private static final int MOST_PROBLEMS = 1000;

  private static final Set<String> PARAMETERS =
      Stream.concat(MachineFilter.PARAMETERS.stream(), Stream.of("limit", "after", "format"))
          .collect(Collectors.toUnmodifiableSet());

  private static final AsciiString LINK = AsciiString.cached("Link");

  private final Fleet fleet;
  private final References references;
  private final Access access;
  private final RequestThreads pool;

  MachineList(Fleet fleet, References references, Access access, RequestThreads pool) {
    this.fleet = fleet;
    this.references = references;
    this.access = access;
    this.pool = pool;
  }

  Resource resource() {
    MachineImport imports = new MachineImport(fleet, references, access);
    return new Resource(access, pool)
        .open(HttpMethod.GET, this::list)
        .parameters(HttpMethod.GET, PARAMETERS)
        .guarded(
            HttpMethod.POST, List.of(Json.TYPE, MachineCsv.TYPE), imports::intake, imports::answer)
        .parameters(HttpMethod.POST, MachineImport.PARAMETERS);
  }

  private Reply list(Request request) throws BadRequest, StoreException {
    fleet.catchUp();
    Query query = Query.of(request);
    int limit = query.pageLimit();
    MachineFilter filter = new MachineFilter(query);
    String after = query.text("after");
    Iterator<StoredMachine> found =
        fleet
            .after(after)
            .filter(stored -> filter.test(stored.machine()))
            .limit(limit + 1L)
            .iterator();
    return switch (query.text("format")) {
      case "", "json" -> json(request, found, limit, after.isEmpty());
      case "csv" -> csv(request, found, limit, filter);
      default -> throw query.wrong("format", "json or csv");
    };
  }

  /** Each machine is unpacked when the page takes it in, so that there are never many. */
  private Reply json(Request request, Iterator<StoredMachine> found, int limit, boolean first) {
    boolean trusted = access.isTrusted(request);
    PagedList list = new PagedList("machines", "");
    for (int shown = 0; shown < limit && found.hasNext() && !list.isFull(); shown++) {
      StoredMachine next = found.next();
      list.add(next.machine().id(), MachineResources.document(next, trusted));
    }
    if (found.hasNext()) {
      list.continues();
    }
    return page(Json.TYPE, list.reply(first ? unreadable() : Map.of()).body(), Map.of());
  }

  /** The records of the store that are not among the machines. */
  private Map<String, Object> unreadable() {
    List<Map<String, Object>> problems =
        fleet.unreadable().stream()
            .sorted(Comparator.comparing(MachineStore.Unreadable::id))
            .limit(MOST_PROBLEMS)
            .map(each -> Map.<String, Object>of("id", each.id(), "problem", each.problem()))
            .toList();
    return problems.isEmpty() ? Map.of() : Map.of("unreadable", problems);
  }

  private Reply csv(Request request, Iterator<StoredMachine> found, int limit, MachineFilter filter)
      throws BadRequest {
    // A table without secrets would delete them when it is imported again.
    access.check(request);
    List<Machine> shown = new ArrayList<>();
    long size = 0;
    while (shown.size() < limit && size < PagedList.LONGEST_PAGE && found.hasNext()) {
      Machine machine = found.next().machine();
      shown.add(machine);
      size += Json.bytes(MachineDocument.write(machine, true)).length;
    }
    byte[] table = MachineCsv.write(columns(filter), shown);
    return page(
        MachineCsv.TYPE + "; charset=utf-8",
        table,
        found.hasNext() ? Map.of(LINK, next(request, shown.get(shown.size() - 1).id())) : Map.of());
  }

  /** Those of all machines of the table, so that every page of it has the same. */
  private MachineCsv.Columns columns(MachineFilter filter) {
    if (filter.takesAll()) {
      return new MachineCsv.Columns(fleet.inventory().variables(), fleet.inventory().secrets());
    }
    Set<String> vars = new HashSet<>();
    Set<String> secrets = new HashSet<>();
    fleet
        .after("")
        .map(StoredMachine::machine)
        .filter(filter)
        .forEach(
            machine -> {
              vars.addAll(machine.vars().keySet());
              secrets.addAll(machine.secrets().keySet());
            });
    return new MachineCsv.Columns(vars, secrets);
  }

  /** Where a table goes on (RFC 8288): it has no place to say so itself. */
  private static String next(Request request, String last) {
    String others =
        Arrays.stream(request.path().query().split("&", -1))
            .filter(parameter -> !parameter.isEmpty() && !parameter.startsWith("after="))
            .map(parameter -> parameter + "&")
            .collect(Collectors.joining());
    // An id needs no encoding.
    return "<" + request.path().text() + "?" + others + "after=" + last + ">; rel=\"next\"";
  }

  private static Reply page(String type, byte[] body, Map<CharSequence, String> more) {
    Map<CharSequence, String> headers = new LinkedHashMap<>(more);
    headers.put(ResponseFields.CACHE_CONTROL, "no-store");
    headers.put(ResponseFields.VARY, "Authorization");
    return new Reply.Page(HttpResponseStatus.OK, type, body, headers);
  }
}
