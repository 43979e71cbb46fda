package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.Decider;
import io.sluice.server.boot.Decision;
import io.sluice.server.boot.Profile;
import io.sluice.server.boot.ProfileException;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.ScriptLanguage;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.NearestNames;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.net.Identifiers;
import io.sluice.server.net.Network;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Profiles: listed, rendered without booting anything, and why a machine would get which. */
final class ProfileResources {
  private static final Set<String> ASKER =
      Set.of("machine", "mac", "uuid", "serial", "arch", "platform", "address");

  /** Stands where an installation has its token; names none. */
  private static final String NO_TOKEN = "preview-no-token";

  private final Fleet fleet;
  private final Profiles profiles;
  private final Scripts scripts;
  private final Versions versions;
  private final Access access;
  private final RequestThreads pool;
  private final Clock clock;

  ProfileResources(Api.Parts parts) {
    this.fleet = parts.fleet();
    this.profiles = parts.profiles();
    this.scripts = parts.scripts();
    this.versions = parts.versions();
    this.access = parts.access();
    this.pool = parts.requests();
    this.clock = parts.clock();
  }

  Resource list() {
    return new Resource(access, pool).open(HttpMethod.GET, request -> Json.ok(listed()));
  }

  private Map<String, Object> listed() throws IOException {
    List<Map<String, Object>> all = new ArrayList<>();
    for (String name : profiles.names()) {
      Profiles.Summary summary = profiles.summary(name);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", name);
      fields.put("forms", summary.forms().stream().map(ScriptLanguage::extension).toList());
      fields.put("shipped", summary.shipped());
      fields.put("installs", summary.installs());
      fields.put("problems", summary.problems());
      all.add(fields);
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("profiles", all);
    answer.put("rule_problems", profiles.problemsOfRules());
    return answer;
  }

  Resource render() {
    return new Resource(access, pool)
        .open(HttpMethod.GET, this::rendered)
        .parameters(HttpMethod.GET, Set.of("machine", "image", "form", "arch", "platform"));
  }

  private Reply rendered(Request request) throws BadRequest, IOException {
    Query query = Query.of(request);
    String name = request.parameter("name");
    ScriptLanguage form = form(query);
    Optional<Machine> machine = machine(query);
    try {
      Profile profile =
          profiles
              .find(name, form)
              .orElseThrow(
                  () ->
                      new BadRequest(
                          HttpResponseStatus.NOT_FOUND,
                          name
                              + " (expected: a profile with a form "
                              + form.extension()
                              + similar(name)
                              + ")"));
      MacAddress mac = machine.flatMap(known -> known.macs().stream().findFirst()).orElse(null);
      BootRequest asker =
          new BootRequest(
              mac,
              "",
              "",
              query.architecture(),
              query.text("platform"),
              request.client().getAddress());
      String script =
          scripts.render(
              profile,
              new Scripts.Reader(
                  asker,
                  machine.orElse(null),
                  profile.installs() ? installation(machine, name, query) : null,
                  Scripts.Urls.of(request.arrival()),
                  access.isTrusted(request)));
      return new Reply.Page(
          HttpResponseStatus.OK,
          "text/plain; charset=utf-8",
          script.getBytes(StandardCharsets.UTF_8),
          Map.of(ResponseFields.CACHE_CONTROL, "no-store", ResponseFields.VARY, "Authorization"));
    } catch (ProfileException e) {
      throw new BadRequest(
          HttpResponseStatus.UNPROCESSABLE_ENTITY,
          String.valueOf(e.getMessage()),
          "name",
          Map.of());
    }
  }

  /** The installation that is open, or else one that shows what its script would be. */
  private Installation installation(Optional<Machine> machine, String profile, Query query)
      throws BadRequest, IOException {
    Optional<Installation> open =
        machine
            .map(Machine::installation)
            .filter(each -> each.isOpen() && each.profile().equals(profile));
    String image =
        query.text("image").isEmpty()
            ? machine.map(Machine::image).orElse("")
            : query.text("image");
    return open.isPresent()
        ? open.get()
        : Installation.request(NO_TOKEN, profile, image, profiles.terms(profile), clock.instant());
  }

  private String similar(String name) {
    try {
      return NearestNames.similar(name, profiles.names().stream());
    } catch (IOException unreadable) {
      return "";
    }
  }

  private static ScriptLanguage form(Query query) throws BadRequest {
    String text = query.text("form");
    return text.isEmpty()
        ? ScriptLanguage.IPXE
        : Stream.of(ScriptLanguage.values())
            .filter(each -> each.extension().equals(text))
            .findFirst()
            .orElseThrow(() -> query.wrong("form", "ipxe, pxelinux or grub"));
  }

  private Optional<Machine> machine(Query query) throws BadRequest, StoreException {
    String name = query.text("machine");
    if (name.isEmpty()) {
      return Optional.empty();
    }
    fleet.catchUp();
    Optional<StoredMachine> known =
        fleet.byId(name).or(() -> MacAddress.parse(name).flatMap(fleet::byMac));
    if (known.isEmpty()) {
      throw query.wrong("machine", "one that is known" + MachineResources.similar(fleet, name));
    }
    return known.map(StoredMachine::machine);
  }

  Resource explain() {
    return new Resource(access, pool)
        .open(HttpMethod.GET, this::explained)
        .parameters(HttpMethod.GET, ASKER);
  }

  /** By what memory says, as a script is decided, as soon as anything is known. */
  private Reply explained(Request request) throws BadRequest, IOException {
    try {
      fleet.catchUp();
    } catch (StoreException away) {
      if (!fleet.isLoaded()) {
        throw away;
      }
    }
    Query query = Query.of(request);
    String mac = query.text("mac");
    Optional<MacAddress> address = MacAddress.parse(mac);
    if (!mac.isEmpty() && address.isEmpty()) {
      throw query.wrong("mac", "an address such as 52:54:00:12:34:56");
    }
    String uuid = Identifiers.trimmed(query.text("uuid")).toLowerCase(Locale.ROOT);
    if (!uuid.isEmpty() && !Identifiers.isUuid(uuid)) {
      throw query.wrong("uuid", "32 hex digits in groups of 8-4-4-4-12");
    }
    BootRequest asked =
        new BootRequest(
            null, "", "", query.architecture(), query.text("platform"), address(request, query));
    Optional<Machine> named = named(query);
    Optional<MacAddress> said = MacAddress.parse(query.text("machine"));
    BootRequest asker =
        named.isPresent()
            ? asked.named(
                named.get().macs().stream().findFirst().orElse(null),
                uuid.isEmpty() ? named.get().uuid() : uuid,
                query.text("serial").isEmpty() ? named.get().serial() : query.text("serial"))
            : asked.named(address.or(() -> said).orElse(null), uuid, query.text("serial"));
    Machine machine = named.or(() -> fleet.find(asker).map(StoredMachine::machine)).orElse(null);
    Decision decision =
        new Decider(profiles.rules(), profiles)
            .decide(asker, machine, fleet.isCurrent(), clock.instant());
    return Json.ok(shown(looked(decision, machine), machine));
  }

  /** An installation waits for its image, too. */
  private Decision looked(Decision decision, @Nullable Machine machine) {
    if (!(decision instanceof Decision.Install install)
        || !(versions.look(install.installation(), machine)
            instanceof Versions.Standing.Waiting waiting)) {
      return decision;
    }
    List<String> reasons = new ArrayList<>(install.reasons());
    reasons.add(waiting.why());
    return new Decision.Wait(reasons);
  }

  /** The machine of an id; a MAC address is what it would say, whether it is known or not. */
  private Optional<Machine> named(Query query) throws BadRequest, StoreException {
    String name = query.text("machine");
    boolean isMac = MacAddress.parse(name).isPresent() && fleet.byId(name).isEmpty();
    return isMac ? Optional.empty() : machine(query);
  }

  private static InetAddress address(Request request, Query query) throws BadRequest {
    String text = query.text("address");
    if (text.isEmpty()) {
      return request.client().getAddress();
    }
    return Network.parse(text)
        .filter(network -> !text.contains("/"))
        .map(Network::first)
        .orElseThrow(() -> query.wrong("address", "an IPv4 or IPv6 address"));
  }

  private static Map<String, Object> shown(Decision decision, @Nullable Machine machine) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (machine != null) {
      fields.put("machine", machine.id());
    }
    if (decision instanceof Decision.Boot boot) {
      fields.put("decision", "boot");
      fields.put("profile", boot.profile());
    } else if (decision instanceof Decision.Install install) {
      fields.put("decision", "install");
      fields.put("profile", install.installation().profile());
    } else {
      fields.put("decision", decision instanceof Decision.Wait ? "wait" : "refuse");
    }
    fields.put("reasons", decision.reasons());
    return fields;
  }
}
