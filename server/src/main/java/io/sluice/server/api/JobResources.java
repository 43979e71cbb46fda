package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Problems;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Jobs;
import io.sluice.server.boot.Profile;
import io.sluice.server.boot.ProfileException;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.machines.Architecture;
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What installers ask for that have a token, or nothing but their addresses. */
final class JobResources {
  /** More cards than a machine has. */
  private static final int MOST_MACS = 64;

  private final Fleet fleet;
  private final Profiles profiles;
  private final Versions versions;
  private final BootEndpoints boot;
  private final Jobs jobs;
  private final Access access;
  private final RequestThreads pool;

  JobResources(Api.Parts parts) {
    this.fleet = parts.fleet();
    this.profiles = parts.profiles();
    this.versions = parts.versions();
    this.boot = parts.boot();
    this.jobs = new Jobs(parts.images(), parts.profiles().seeds());
    this.access = parts.access();
    this.pool = parts.requests();
  }

  /** The job of the installation that a token names. */
  Resource ofToken() {
    return new Resource(access, pool).openLater(HttpMethod.GET, this::ofToken);
  }

  /** The job of the machine that asks, by the same rules as its script. */
  Resource ofAddresses() {
    return new Resource(access, pool)
        .openLater(HttpMethod.GET, this::ofAddresses)
        .parameters(HttpMethod.GET, Set.of("uuid", "serial", "arch", "platform"))
        .repeated(HttpMethod.GET, "mac");
  }

  private CompletionStage<Reply> ofToken(Request request) throws BadRequest, IOException {
    String token = request.parameter("token");
    fleet.catchUp();
    StoredMachine stored = fleet.byToken(token).orElseThrow(JobResources::unknown);
    Machine machine = stored.machine();
    Installation installation = machine.installation();
    if (!installation.isNamedBy(token)) {
      throw unknown();
    }
    if (!installation.isOpen() || machine.lock().isSet()) {
      throw new BadRequest(
          HttpResponseStatus.CONFLICT,
          (installation.isOpen() ? machine.id() + " is " + machine.lock() : installation.end())
              + " (expected: an installation that may go on)");
    }
    Versions.Standing standing = versions.settle(machine.id(), installation, machine);
    if (standing instanceof Versions.Standing.Waiting waiting) {
      return CompletableFuture.completedFuture(BootEndpoints.waits(waiting));
    }
    try {
      Profile profile =
          profiles
              .installer(installation.profile())
              .orElseThrow(
                  () -> new ProfileException(installation.profile() + ": does not install"));
      return CompletableFuture.completedFuture(
          job(
              profile,
              new Scripts.Reader(
                  asked(request, machine.macs()),
                  machine,
                  ((Versions.Standing.Settled) standing).installation(),
                  Scripts.Urls.of(request.arrival()),
                  true)));
    } catch (ProfileException e) {
      return CompletableFuture.completedFuture(Problems.later(String.valueOf(e.getMessage())));
    }
  }

  private CompletionStage<Reply> ofAddresses(Request request)
      throws BadRequest, FieldException, IOException {
    List<String> texts = request.query().all("mac");
    if (texts.size() > MOST_MACS) {
      throw new FieldException("mac", "at most " + MOST_MACS);
    }
    List<MacAddress> macs =
        texts.stream().flatMap(text -> MacAddress.parse(text).stream()).toList();
    // The card that the record has may be any of those that the machine has.
    BootRequest asked =
        macs.stream()
            .map(mac -> asked(request, List.of(mac)))
            .filter(boot::isToBeInstalled)
            .findFirst()
            .orElseGet(() -> asked(request, macs));
    return boot.installing(
        request,
        asked,
        new BootEndpoints.Handout() {
          @Override
          public Optional<Profile> profile(String name) {
            return profiles.installer(name);
          }

          @Override
          public Reply of(Profile profile, Scripts.Reader reader) throws IOException {
            return job(profile, reader);
          }
        },
        Problems.page(
            HttpResponseStatus.NOT_FOUND,
            "nothing is to be installed on this machine (expected: one that is set to be)",
            "",
            Map.of()));
  }

  private Reply job(Profile profile, Scripts.Reader reader) throws IOException {
    return Json.ok(jobs.job(profile, reader));
  }

  private static BootRequest asked(Request request, List<MacAddress> macs) {
    return new BootRequest(
            null,
            "",
            "",
            request.query().first("arch").flatMap(Architecture::parse).orElse(""),
            request.query().first("platform").filter(List.of("efi", "pcbios")::contains).orElse(""),
            request.client().getAddress())
        .named(
            macs.isEmpty() ? null : macs.get(0),
            request.query().first("uuid").orElse(""),
            request.query().first("serial").orElse(""));
  }

  private static BadRequest unknown() {
    return new BadRequest(HttpResponseStatus.NOT_FOUND, "token (expected: one of an installation)");
  }
}
