package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.Query;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Fields;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.InstallationDocument;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineDocument;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.machines.Terms;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What operators ask for a machine: to install it, to cancel or complete that, and to lock it. */
final class InstallResources {
  private static final String STANDARD_PROFILE = "install";
  private static final Set<String> FIELDS =
      Set.of("profile", "image", "proof", "timeout_seconds", "attempts", "same_address");

  private static final int LONGEST_REASON = 200;

  private final Fleet fleet;
  private final Installations installations;
  private final Profiles profiles;
  private final Versions versions;
  private final References references;
  private final MachineResources machines;
  private final Access access;
  private final RequestThreads pool;

  InstallResources(Api.Parts parts, References references, MachineResources machines) {
    this.fleet = parts.fleet();
    this.installations = parts.installations();
    this.profiles = parts.profiles();
    this.versions = parts.versions();
    this.references = references;
    this.machines = machines;
    this.access = parts.access();
    this.pool = parts.requests();
  }

  Resource install() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.POST,
            MachineResources.LARGEST_BODY,
            List.of(Json.TYPE),
            Resource.now(this::install))
        .parameters(HttpMethod.POST, References.PARAMETERS);
  }

  private Reply install(Request request) throws BadRequest, FieldException, IOException {
    Map<String, @Nullable Object> object = Json.object(Resource.body(request));
    Fields fields = Fields.of(object);
    fields.only(FIELDS);
    References.Check check = references.check(Query.of(request));
    Machine machine = machines.existing(request).machine();
    String profile =
        fields.has("profile") ? MachineDocument.name(fields, "profile") : STANDARD_PROFILE;
    String image = fields.has("image") ? MachineDocument.image(fields, "image") : machine.image();
    Installation before = machine.installation();
    // What is asked for again is there already.
    if (!before.isOpen() || !before.profile().equals(profile) || !before.image().equals(image)) {
      check.installer(profile);
      check.image(image);
    }
    Terms terms = InstallationDocument.terms(fields, profiles.terms(profile));
    if (terms.proof() == Terms.Proof.BYTES && image.isEmpty()) {
      throw fields.wrong("image", "the one whose bytes are the proof");
    }
    StoredMachine now =
        installations
            .install(machine.id(), profile, image, terms, access.actor(request))
            .orElseThrow(() -> new BadRequest(HttpResponseStatus.NOT_FOUND, "the machine is gone"));
    if (now.machine().lock().isSet()) {
      throw AuditedEdits.locked(now.machine(), "");
    }
    Installation open = now.machine().installation();
    if (!open.profile().equals(profile)
        || !open.image().equals(image)
        || !open.terms().equals(terms)) {
      throw new BadRequest(
          HttpResponseStatus.CONFLICT,
          machine.id() + " is to be installed in another way (expected: that taken back first)");
    }
    // Its digest is there, or nearly, when the machine comes.
    versions.look(open, now.machine());
    return machines.shown(request, now, HttpResponseStatus.OK);
  }

  Resource cancel() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.POST,
            request -> {
              String id = machines.existing(request).machine().id();
              return answered(request, installations.cancel(id, access.actor(request)));
            });
  }

  Resource complete() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.POST,
            request -> {
              Machine machine = machines.existing(request).machine();
              Installation open = machine.installation();
              boolean may = open.isOpen() || open.state() == Installation.State.REPORTED;
              if (!may
                  || installations.prove(open.token(), "an operator said so", access.actor(request))
                      != Installations.EndState.ENDED) {
                throw new BadRequest(
                    HttpResponseStatus.CONFLICT,
                    "machine (expected: one that is to be installed, or reported to be)");
              }
              return answered(request, fleet.byId(machine.id()));
            });
  }

  Resource lock() {
    return new Resource(access, pool)
        .guarded(HttpMethod.POST, MachineResources.LARGEST_BODY, List.of(Json.TYPE), this::lock);
  }

  private CompletionStage<Reply> lock(Request request)
      throws BadRequest, FieldException, IOException {
    Fields fields = Fields.of(Json.object(Resource.body(request)));
    fields.only(Set.of("reason"));
    String reason = fields.text("reason").strip();
    if (!MachineRules.isLine(reason, LONGEST_REASON)) {
      throw fields.wrong("reason", "one line of at most " + LONGEST_REASON + " characters");
    }
    String id = machines.existing(request).machine().id();
    return answered(request, installations.lock(id, reason, access.actor(request)));
  }

  Resource unlock() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.POST,
            request -> {
              String id = machines.existing(request).machine().id();
              return answered(request, installations.unlock(id, access.actor(request)));
            });
  }

  /** The answer comes when no server hands out an install script that this has ended. */
  private CompletionStage<Reply> answered(Request request, Optional<StoredMachine> now)
      throws BadRequest {
    Reply shown =
        machines.shown(
            request,
            now.orElseThrow(
                () -> new BadRequest(HttpResponseStatus.NOT_FOUND, "the machine is gone")),
            HttpResponseStatus.OK);
    return fleet.knownToAll().thenApply(known -> shown);
  }
}
