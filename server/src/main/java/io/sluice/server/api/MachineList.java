package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.sluice.server.boot.Fleet;
import io.sluice.server.boot.Machine;
import io.sluice.server.boot.MachineDocument;
import io.sluice.server.boot.MachineStore;
import io.sluice.server.boot.StoreException;
import io.sluice.server.boot.StoredMachine;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Many machines at once, listed page by page. */
final class MachineList {
  private static final int STANDARD_PAGE = 100;
  private static final int LARGEST_PAGE = 1000;

  /** A page ends early when it has become so large, in bytes: it has to be in memory. */
  private static final int LONGEST_PAGE = 1024 * 1024;

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
    return new Resource(access, pool)
        .open(HttpMethod.GET, this::list)
        .parameters(HttpMethod.GET, PARAMETERS)
        .guarded(
            HttpMethod.POST,
            MachineImport.LARGEST_BODY,
            List.of(Json.TYPE, MachineCsv.TYPE),
            Resource.now(new MachineImport(fleet, references, access)::answer))
        .parameters(HttpMethod.POST, References.PARAMETERS);
  }

  private Reply list(Request request) throws BadRequest, StoreException {
    fleet.catchUp();
    Query query = Query.of(request);
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
    return switch (query.text("format")) {
      case "", "json" -> json(request, page, limit, after.isEmpty());
      case "csv" -> csv(request, page, limit, filter);
      default -> throw query.wrong("format", "json or csv");
    };
  }

  private Reply json(Request request, List<StoredMachine> found, int limit, boolean first) {
    boolean trusted = access.isTrusted(request);
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.writeBytes(ascii("{\"machines\":["));
    int shown = 0;
    while (shown < Math.min(limit, found.size()) && answer.size() < LONGEST_PAGE) {
      answer.writeBytes(ascii(shown == 0 ? "" : ","));
      answer.writeBytes(Json.bytes(MachineResources.document(found.get(shown), trusted)));
      shown++;
    }
    answer.writeBytes(ascii("]"));
    if (shown < found.size()) {
      answer.writeBytes(ascii(",\"next\":"));
      answer.writeBytes(Json.bytes(found.get(shown - 1).machine().id()));
    }
    if (first) {
      writeUnreadable(answer);
    }
    answer.writeBytes(ascii("}"));
    return page(Json.TYPE, answer.toByteArray(), Map.of());
  }

  /** What is in the store, but not among the machines. */
  private void writeUnreadable(ByteArrayOutputStream answer) {
    List<Map<String, Object>> problems =
        fleet.unreadable().stream()
            .sorted(Comparator.comparing(MachineStore.Unreadable::id))
            .limit(LARGEST_PAGE)
            .map(each -> Map.<String, Object>of("id", each.id(), "problem", each.problem()))
            .toList();
    if (!problems.isEmpty()) {
      answer.writeBytes(ascii(",\"unreadable\":"));
      answer.writeBytes(Json.bytes(problems));
    }
  }

  private Reply csv(
      Request request, List<StoredMachine> found, int limit, Predicate<Machine> filter)
      throws BadRequest {
    // A table without secrets would delete them when it is imported again.
    access.check(request);
    List<Machine> shown = new ArrayList<>();
    long size = 0;
    for (int i = 0; i < Math.min(limit, found.size()) && size < LONGEST_PAGE; i++) {
      Machine machine = found.get(i).machine();
      shown.add(machine);
      size += Json.bytes(MachineDocument.write(machine, true)).length;
    }
    byte[] table =
        MachineCsv.write(
            () -> fleet.all().stream().map(StoredMachine::machine).filter(filter).iterator(),
            shown);
    return page(
        MachineCsv.TYPE + "; charset=utf-8",
        table,
        shown.size() < found.size()
            ? Map.of(LINK, next(request, shown.get(shown.size() - 1).id()))
            : Map.of());
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
