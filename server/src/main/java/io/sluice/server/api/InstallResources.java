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
import io.sluice.server.machines.StoredMachine;
import io.sluice.server.machines.Terms;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Installations: asked for, taken back, and proved, by operators and by machines themselves. */
final class InstallResources {
  private static final String STANDARD_PROFILE = "install";
  private static final Set<String> FIELDS =
      Set.of("profile", "image", "proof", "timeout_seconds", "attempts", "same_address");

  private final Fleet fleet;
  private final Installations installations;
  private final Profiles profiles;
  private final Versions versions;
  private final References references;
  private final MachineResources machines;
  private final Access access;
  private final RequestThreads pool;

  InstallResources(
      Fleet fleet,
      Installations installations,
      Profiles profiles,
      Versions versions,
      References references,
      MachineResources machines,
      Access access,
      RequestThreads pool) {
    this.fleet = fleet;
    this.installations = installations;
    this.profiles = profiles;
    this.versions = versions;
    this.references = references;
    this.machines = machines;
    this.access = access;
    this.pool = pool;
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
              return ended(request, installations.cancel(id, access.actor(request)));
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
              return ended(request, fleet.byId(machine.id()));
            });
  }

  /** The answer comes when no server hands out scripts of what has ended. */
  private CompletionStage<Reply> ended(Request request, Optional<StoredMachine> now)
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
