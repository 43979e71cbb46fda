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
import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What installers ask for that have a token, or nothing but their addresses. */
final class JobResources {
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
    Machine machine =
        fleet
            .byToken(token)
            .map(StoredMachine::machine)
            .filter(known -> known.installation().isNamedBy(token))
            .orElseThrow(ReportResources::unknown);
    Installation installation = machine.installation();
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
          job(request, profile, machine, ((Versions.Standing.Settled) standing).installation()));
    } catch (ProfileException e) {
      return CompletableFuture.completedFuture(Problems.later(String.valueOf(e.getMessage())));
    }
  }

  private CompletionStage<Reply> ofAddresses(Request request) {
    return boot.installing(
        request,
        new BootEndpoints.Handout() {
          @Override
          public Optional<Profile> profile(String name) {
            return profiles.installer(name);
          }

          @Override
          public Reply of(
              Profile profile, BootRequest asked, Machine machine, Installation installation)
              throws IOException {
            return job(request, profile, machine, installation);
          }
        },
        Problems.page(
            HttpResponseStatus.NOT_FOUND,
            "nothing is to be installed on this machine (expected: one that is set to be)",
            "",
            Map.of()));
  }

  private Reply job(Request request, Profile profile, Machine machine, Installation installation)
      throws IOException {
    return Json.ok(jobs.job(profile, machine, installation, Scripts.Urls.of(request.arrival())));
  }
}
