package io.sluice.server.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.boot.Profile;
import io.sluice.server.boot.ProfileException;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Seeds;
import io.sluice.server.boot.template.Template;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.keyed.PoolWork;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Documents for one machine, to whoever has the token of its installation: while that is open, and
 * for an hour after it has succeeded, when the machine starts for the first time.
 */
public final class SeedEndpoints {
  private static final Logger LOG = LoggerFactory.getLogger(SeedEndpoints.class);
  private static final Duration FIRST_BOOT = Duration.ofHours(1);
  private static final Set<String> NOCLOUD = Set.of("meta-data", "network-config");
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final Fleet fleet;
  private final Profiles profiles;
  private final Scripts scripts;
  private final Seeds seeds;
  private final RequestThreads pool;
  private final Clock clock;

  public SeedEndpoints(Api.Parts parts) {
    this.fleet = parts.fleet();
    this.profiles = parts.profiles();
    this.scripts = parts.scripts();
    this.seeds = parts.profiles().seeds();
    this.pool = parts.requests();
    this.clock = parts.clock();
  }

  /** Answers with a document, by the parameters {@code token} and {@code name}. */
  public Endpoint document() {
    return request -> {
      try {
        return PoolWork.begin(
            pool.looks(),
            "/seed",
            () -> rendered(request),
            () -> later("a file system does not answer"),
            Reply::discard);
      } catch (RejectedExecutionException full) {
        return CompletableFuture.completedFuture(later("too many requests wait"));
      }
    };
  }

  private Reply rendered(Request request) {
    String name = request.parameter("name");
    try {
      fleet.catchUp();
      Optional<Machine> machine =
          fleet
              .byToken(request.parameter("token"))
              .map(StoredMachine::machine)
              .filter(known -> mayRead(known.installation(), request.parameter("token")));
      if (machine.isEmpty()) {
        return Reply.Problem.of(
            HttpResponseStatus.NOT_FOUND,
            "seed: not for this token (expected: one of an installation that is open, or was until"
                + " an hour ago)");
      }
      Installation installation = machine.get().installation();
      Profile profile =
          profiles
              .installer(installation.profile())
              .orElseThrow(
                  () ->
                      new ProfileException(
                          "profiles/" + installation.profile() + ": does not install"));
      Optional<Template> document = seeds.find(profile.name(), name);
      if (document.isEmpty()) {
        return Reply.Problem.of(
            HttpResponseStatus.NOT_FOUND,
            name + " (expected: one of " + String.join(", ", seeds.names(profile.name())) + ")");
      }
      return page(request, machine.get(), profile, name, document.get());
    } catch (ProfileException e) {
      String problem = String.valueOf(e.getMessage());
      LOG.warn("no seed: {}", problem);
      return later(problem);
    } catch (StoreException away) {
      return later("the store cannot be reached");
    } catch (IOException e) {
      LOG.warn("seed {}: {}", name, e.toString());
      return later("the server cannot read something");
    }
  }

  private boolean mayRead(Installation installation, String token) {
    Instant ended = installation.ended();
    return installation.isNamedBy(token)
        && (installation.isOpen()
            || (installation.isSuccess()
                && ended != null
                && clock.instant().isBefore(ended.plus(FIRST_BOOT))));
  }

  private Reply page(
      Request request, Machine machine, Profile profile, String name, Template document)
      throws IOException {
    BootRequest asker =
        new BootRequest(
            machine.macs().isEmpty() ? null : machine.macs().get(0),
            machine.uuid(),
            machine.serial(),
            machine.arch(),
            "",
            request.client().getAddress());
    String text =
        scripts.document(
            document,
            profile,
            new Scripts.Reader(
                asker, machine, machine.installation(), Scripts.Urls.of(request.arrival()), true),
            included -> seeds.find(profile.name(), included));
    Optional<String> problem = problemOf(name, text);
    if (problem.isPresent()) {
      throw new ProfileException(profile.name() + ".seed/" + name + ": " + problem.get());
    }
    fleet.journal().note(machine.id(), "seed", name);
    return new Reply.Page(
        HttpResponseStatus.OK,
        "text/plain; charset=utf-8",
        text.getBytes(StandardCharsets.UTF_8),
        Map.of(ResponseFields.CACHE_CONTROL, "no-store"));
  }

  /**
   * What is wrong with a document that is JSON (RFC 8259) or YAML by its name or its first line,
   * with the place; empty for all others. It never quotes the document, which may hold secrets.
   */
  static Optional<String> problemOf(String name, String text) {
    if (name.endsWith(".json") || name.endsWith(".ign")) {
      return problemOfJson(text);
    }
    boolean yaml =
        name.endsWith(".yaml")
            || name.endsWith(".yml")
            || NOCLOUD.contains(name)
            || text.startsWith("#cloud-config");
    return yaml ? problemOfYaml(text) : Optional.empty();
  }

  private static Optional<String> problemOfJson(String text) {
    try (JsonParser parser = JSON.createParser(text)) {
      int values = 0;
      while (parser.nextToken() != null) {
        parser.skipChildren();
        values++;
      }
      return values == 1
          ? Optional.empty()
          : Optional.of(values + " values (expected: one of JSON)");
    } catch (JsonProcessingException e) {
      return Optional.of("line " + e.getLocation().getLineNr() + " is no JSON");
    } catch (IOException e) {
      return Optional.of("is no JSON");
    }
  }

  private static Optional<String> problemOfYaml(String text) {
    try {
      new Parse(LoadSettings.builder().build()).parseString(text).forEach(event -> {});
      return Optional.empty();
    } catch (MarkedYamlEngineException e) {
      return Optional.of(
          e.getProblemMark().map(mark -> "line " + (mark.getLine() + 1) + " ").orElse("")
              + "is no YAML: "
              + e.getProblem());
    } catch (YamlEngineException e) {
      return Optional.of("is no YAML");
    }
  }

  private static Reply later(String detail) {
    return Reply.Problem.of(HttpResponseStatus.SERVICE_UNAVAILABLE, detail);
  }
}
