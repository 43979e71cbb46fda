package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.machines.FieldException;
import io.sluice.server.machines.Fields;
import io.sluice.server.machines.MachineRules;
import io.sluice.server.machines.StoredMachine;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Locks of machines: put there and taken away. */
final class LockResources {
  private static final int LONGEST_REASON = 200;

  private final Fleet fleet;
  private final Installations installations;
  private final MachineResources machines;
  private final Access access;
  private final RequestThreads pool;

  LockResources(
      Fleet fleet,
      Installations installations,
      MachineResources machines,
      Access access,
      RequestThreads pool) {
    this.fleet = fleet;
    this.installations = installations;
    this.machines = machines;
    this.access = access;
    this.pool = pool;
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
    return shown(request, installations.lock(id, reason, access.actor(request)));
  }

  Resource unlock() {
    return new Resource(access, pool)
        .guarded(
            HttpMethod.POST,
            request -> {
              String id = machines.existing(request).machine().id();
              return shown(request, installations.unlock(id, access.actor(request)));
            });
  }

  /** The answer comes when no server hands out an install script any more. */
  private CompletionStage<Reply> shown(Request request, Optional<StoredMachine> now)
      throws BadRequest {
    StoredMachine machine =
        now.orElseThrow(() -> new BadRequest(HttpResponseStatus.NOT_FOUND, "the machine is gone"));
    Reply shown = machines.shown(request, machine, HttpResponseStatus.OK);
    return fleet.knownToAll().thenApply(known -> shown);
  }
}
