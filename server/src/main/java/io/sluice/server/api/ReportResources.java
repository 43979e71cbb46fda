package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.metrics.QueryParameters;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.ImageFacts;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.machines.DiskDigest;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.InstallResult;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What machines say of their own installations, at the URLs of their scripts. GET does it too,
 * because firmware and small installers know nothing else; the token cannot be guessed.
 */
final class ReportResources {
  /** The event of the history that has a log. */
  static final String LOG_EVENT = "log";

  private static final String FORM = "application/x-www-form-urlencoded";
  private static final Set<String> COMPLETE = Set.of("reason", "sha256", "bytes");
  private static final Set<String> FAIL = Set.of("reason");
  private static final Set<String> PROGRESS = Set.of("stage", "bytes", "total", "rate", "disk");
  private static final String TEXT = "text/plain";

  /** What is kept of a log, in characters: its end. */
  private static final int LONGEST_LOG = 64 * 1024;

  /** In bytes. */
  private static final int LARGEST_LOG = 256 * 1024;

  private static final int LONGEST_DISK = 63;
  private static final int LARGEST_BODY = 16 * 1024;

  /** An installer that finds no disk lists those that there are. */
  private static final int LONGEST_REASON = 1000;

  private final Fleet fleet;
  private final Installations installations;
  private final Coverages coverages;
  private final Deliveries deliveries;
  private final ImageFacts images;
  private final Access access;
  private final RequestThreads pool;
  private final InstallProgress progress;

  ReportResources(Api.Parts parts) {
    this.fleet = parts.fleet();
    this.installations = parts.installations();
    this.coverages = parts.coverages();
    this.deliveries = parts.deliveries();
    this.images = parts.images();
    this.access = parts.access();
    this.pool = parts.requests();
    this.progress = parts.progress();
  }

  /** A machine says how far it is. */
  Resource progress() {
    return new Resource(access, pool)
        .openAtOnce(HttpMethod.POST, LARGEST_BODY, List.of(FORM, Json.TYPE), this::progress)
        .parameters(HttpMethod.POST, PROGRESS);
  }

  private Reply progress(Request request) throws BadRequest, FieldException {
    Map<String, String> given = given(request, PROGRESS);
    String stage = given.getOrDefault("stage", "");
    InstallProgress.Stage at =
        InstallProgress.Stage.of(stage)
            .orElseThrow(
                () ->
                    new FieldException(
                        "stage",
                        shown(stage),
                        Stream.of(InstallProgress.Stage.values())
                            .map(InstallProgress.Stage::spelling)
                            .collect(Collectors.joining(", "))));
    String disk = given.getOrDefault("disk", "");
    if (!MachineRules.isLine(disk, LONGEST_DISK)) {
      throw new FieldException("disk", "the name of a disk, such as sda");
    }
    return progress
        .take(
            request.parameter("token"),
            at,
            number(given, "bytes"),
            number(given, "total"),
            number(given, "rate"),
            disk)
        .<Reply>map(seconds -> Json.ok(Map.of("next", seconds)))
        .orElseThrow(ReportResources::unknown);
  }

  private static long number(Map<String, String> given, String name) throws FieldException {
    String text = given.getOrDefault(name, "0");
    if (!text.matches("\\d{1,18}")) {
      throw new FieldException(name, shown(text), "a whole number");
    }
    return Long.parseLong(text);
  }

  /** What a machine's installer has said, to be kept with the history. */
  Resource log() {
    return new Resource(access, pool)
        .openLater(HttpMethod.POST, LARGEST_LOG, List.of(TEXT, FORM), this::log);
  }

  private CompletionStage<Reply> log(Request request) throws BadRequest, StoreException {
    String token = request.parameter("token");
    fleet.catchUp();
    Machine machine =
        fleet
            .byToken(token)
            .map(StoredMachine::machine)
            .filter(known -> known.installation().isNamedBy(token))
            .orElseThrow(ReportResources::unknown);
    if (!progress.takesLog(token)) {
      throw new BadRequest(
          HttpResponseStatus.TOO_MANY_REQUESTS, "log (expected: a few for each installation)");
    }
    String text =
        new String(Resource.body(request), StandardCharsets.UTF_8)
            .replaceAll("[\\p{Cntrl}&&[^\\n\\t]]", "")
            .strip();
    String kept = text.substring(Math.max(0, text.length() - LONGEST_LOG));
    fleet.record(fleet.journal().entry(machine.id(), LOG_EVENT, kept, access.actor(request)));
    return CompletableFuture.completedFuture(Json.ok(Map.of("kept", kept.length())));
  }

  /** A machine is installed, and may say what it read back from its disk. */
  Resource complete() {
    return resource(COMPLETE, this::complete);
  }

  /** A machine could not be installed. */
  Resource fail() {
    return resource(FAIL, this::fail);
  }

  private Resource resource(Set<String> fields, Resource.Action action) {
    return new Resource(access, pool)
        .openLater(HttpMethod.POST, LARGEST_BODY, List.of(FORM, Json.TYPE), action)
        .openLater(HttpMethod.GET, action)
        .parameters(HttpMethod.POST, fields)
        .parameters(HttpMethod.GET, fields);
  }

  private CompletionStage<Reply> complete(Request request)
      throws BadRequest, FieldException, IOException {
    Map<String, String> given = given(request, COMPLETE);
    DiskDigest read = readBack(given);
    String said = said(given);
    String token = request.parameter("token");
    CompletionStage<Boolean> quiet = deliveries.quiet(token);
    return quiet.thenComposeAsync(
        over -> Resource.answer(request, again -> judged(again, said, read)), pool.changes());
  }

  private CompletionStage<Reply> judged(Request request, String said, @Nullable DiskDigest read)
      throws BadRequest, IOException {
    String token = request.parameter("token");
    Installation installation = installations.find(token).orElseThrow(ReportResources::unknown);
    Optional<DiskDigest> expected =
        read == null || installation.image().isEmpty()
            ? Optional.empty()
            : images.readBack(installation.image(), installation.digest());
    InstallResult result =
        InstallResult.of(installation, said, coverages.evidence(token), read, expected);
    if (read == null && installation.isSuccess()) {
      // Whatever proved it, this says nothing else.
      return told(new Installations.EndReport(Installations.EndState.ENDED, installation));
    }
    Installations.EndReport report = installations.report(token, result, access.actor(request));
    // A machine that is told of no failure boots a disk that is no good.
    return told(
        result.state() == Installation.State.FAILED
                && report.state() == Installations.EndState.ENDED
            ? new Installations.EndReport(Installations.EndState.OTHERWISE, report.installation())
            : report);
  }

  private CompletionStage<Reply> fail(Request request)
      throws BadRequest, FieldException, IOException {
    String said = said(given(request, FAIL));
    InstallResult failed = new InstallResult(Installation.State.FAILED, said);
    return told(installations.report(request.parameter("token"), failed, access.actor(request)));
  }

  /** The answer comes when no server hands out scripts of what has ended. */
  private CompletionStage<Reply> told(Installations.EndReport report) throws BadRequest {
    Installation installation = report.installation();
    if (report.state() == Installations.EndState.UNKNOWN) {
      throw unknown();
    }
    if (report.state() == Installations.EndState.OTHERWISE) {
      Reply conflict =
          Problems.page(
              HttpResponseStatus.CONFLICT,
              installation.end() + " (expected: no report that says otherwise)",
              "",
              Map.of());
      return fleet.knownToAll().thenApply(known -> conflict);
    }
    Map<String, String> state = new LinkedHashMap<>();
    state.put("state", installation.state().spelling());
    state.put("detail", installation.detail());
    Reply answer = Json.ok(state);
    return fleet.knownToAll().thenApply(known -> answer);
  }

  static BadRequest unknown() {
    return new BadRequest(HttpResponseStatus.NOT_FOUND, "token (expected: one of an installation)");
  }

  private static String said(Map<String, String> given) {
    String shown = given.getOrDefault("reason", "").replaceAll("\\p{Cntrl}", " ").strip();
    return "the machine said so"
        + (shown.isEmpty()
            ? ""
            : ": " + shown.substring(0, Math.min(LONGEST_REASON, shown.length())));
  }

  private static @Nullable DiskDigest readBack(Map<String, String> given) throws FieldException {
    String sha256 = given.get("sha256");
    String bytes = given.get("bytes");
    if (sha256 == null && bytes == null) {
      return null;
    }
    if (sha256 == null) {
      throw new FieldException("sha256", "the digest of the bytes that were read back");
    }
    if (!sha256.matches("[0-9a-fA-F]{64}")) {
      throw new FieldException("sha256", shown(sha256), "64 hex digits");
    }
    if (bytes != null && !bytes.matches("\\d{1,18}")) {
      throw new FieldException("bytes", shown(bytes), "how many bytes were read back");
    }
    return new DiskDigest(
        sha256.toLowerCase(Locale.ROOT),
        bytes == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(bytes)));
  }

  private static String shown(String text) {
    return text.substring(0, Math.min(LONGEST_REASON, text.length()));
  }

  /** What is given in the query and in the body; empty text is given, too. */
  private static Map<String, String> given(Request request, Set<String> names)
      throws BadRequest, FieldException {
    if (request.isHead()) {
      throw new BadRequest(HttpResponseStatus.METHOD_NOT_ALLOWED, "method (expected: POST or GET)");
    }
    Map<String, String> given = new LinkedHashMap<>();
    take(given, request.query(), names);
    byte[] body = Resource.body(request);
    if (body.length == 0) {
      return given;
    }
    if (request.headers().contains("Content-Type") && Resource.type(request).equals(Json.TYPE)) {
      for (Map.Entry<String, @Nullable Object> each : Json.object(body).entrySet()) {
        Object value = each.getValue();
        if (value != null && !(value instanceof String) && !isWhole(value)) {
          throw new FieldException(each.getKey(), "text or a number");
        }
        put(given, each.getKey(), value == null ? "" : value.toString(), names);
      }
    } else {
      take(given, QueryParameters.of(new String(body, StandardCharsets.ISO_8859_1).strip()), names);
    }
    return given;
  }

  private static boolean isWhole(Object value) {
    return value instanceof Integer || value instanceof Long;
  }

  private static void take(Map<String, String> given, QueryParameters parameters, Set<String> names)
      throws FieldException {
    for (String name : parameters.names()) {
      if (parameters.count(name) > 1) {
        throw new FieldException(name, "once");
      }
      put(given, name, parameters.firstAsSent(name).orElse(""), names);
    }
  }

  private static void put(Map<String, String> given, String name, String value, Set<String> names)
      throws FieldException {
    if (!names.contains(name)) {
      throw new FieldException(
          name, "one of " + String.join(", ", names.stream().sorted().toList()));
    }
    if (given.put(name, value) != null) {
      throw new FieldException(name, "once");
    }
  }
}
