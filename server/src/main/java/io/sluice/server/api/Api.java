package io.sluice.server.api;

import io.netty.handler.codec.http.HttpMethod;
import io.sluice.server.api.images.ImageFolder;
import io.sluice.server.api.images.ImageResources;
import io.sluice.server.api.images.Uploads;
import io.sluice.server.api.resource.Access;
import io.sluice.server.api.resource.Json;
import io.sluice.server.api.resource.RequestThreads;
import io.sluice.server.api.resource.Resource;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.Profiles;
import io.sluice.server.boot.Scripts;
import io.sluice.server.boot.Versions;
import io.sluice.server.fleet.Coverages;
import io.sluice.server.fleet.Fleet;
import io.sluice.server.fleet.InstallProgress;
import io.sluice.server.fleet.Installations;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everything under {@code /api/v1}, by path. */
public final class Api {
  private static final String BASE = "/api/v1";
  private static final byte[] DOCUMENT = document();

  private Api() {}

  /**
   * What the API is about.
   *
   * @param requests may block for as long as the store does
   */
  public record Parts(
      Fleet fleet,
      Installations installations,
      Profiles profiles,
      Scripts scripts,
      Versions versions,
      ImageFolder images,
      BootEndpoints boot,
      InstallProgress progress,
      Coverages coverages,
      Deliveries deliveries,
      Access access,
      Uploads uploads,
      EventHub events,
      RequestThreads requests,
      Clock clock) {}

  /** The resources, in the order in which their patterns are tried. */
  public static Map<String, Endpoint> routes(Parts parts) {
    return new LinkedHashMap<>(resources(parts));
  }

  static Map<String, Resource> resources(Parts parts) {
    Access access = parts.access();
    RequestThreads pool = parts.requests();
    References references = new References(parts.profiles(), parts.images());
    MachineResources machines =
        new MachineResources(parts.fleet(), references, parts.progress(), access, pool);
    InstallResources installs = new InstallResources(parts, references, machines);
    ReportResources reports = new ReportResources(parts);
    JobResources jobs = new JobResources(parts);
    ProfileResources profiles = new ProfileResources(parts);
    ImageResources images = new ImageResources(parts.images(), parts.uploads(), access, pool);
    Map<String, Resource> resources = new LinkedHashMap<>();
    resources.put(
        BASE + "/openapi.json",
        new Resource(access, pool)
            .open(HttpMethod.GET, request -> Reply.Page.ok(Json.TYPE, DOCUMENT)));
    resources.put(
        BASE + "/server",
        new Resource(access, pool)
            .open(HttpMethod.GET, request -> Json.ok(Map.of("url", request.arrival().baseUrl()))));
    resources.put(
        BASE + "/machines", new MachineList(parts.fleet(), references, access, pool).resource());
    resources.put(BASE + "/machines/{id}", machines.one());
    resources.put(BASE + "/machines/{id}/history", machines.history());
    resources.put(BASE + "/machines/{id}/log", machines.log());
    resources.put(BASE + "/machines/{id}/install", installs.install());
    resources.put(BASE + "/machines/{id}/cancel", installs.cancel());
    resources.put(BASE + "/machines/{id}/lock", installs.lock());
    resources.put(BASE + "/machines/{id}/unlock", installs.unlock());
    resources.put(BASE + "/machines/{id}/complete", installs.complete());
    resources.put(BASE + "/installations/job", jobs.ofAddresses());
    resources.put(BASE + "/installations/{token}/job", jobs.ofToken());
    resources.put(BASE + "/installations/{token}/progress", reports.progress());
    resources.put(BASE + "/installations/{token}/log", reports.log());
    resources.put(BASE + "/installations/{token}/complete", reports.complete());
    resources.put(BASE + "/installations/{token}/fail", reports.fail());
    resources.put(BASE + "/explain", profiles.explain());
    resources.put(BASE + "/profiles", profiles.list());
    resources.put(BASE + "/profiles/{name}/render", profiles.render());
    resources.put(BASE + "/images", images.list());
    resources.put(BASE + "/images/{name}", images.one());
    resources.put(BASE + "/images/{name}/upload", images.upload());
    resources.put(BASE + "/uploads", images.uploads());
    resources.put(BASE + "/events", parts.events().resource(access, pool));
    return resources;
  }

  /** The OpenAPI document. */
  static byte[] document() {
    try (InputStream in = Api.class.getResourceAsStream("openapi.json")) {
      if (in == null) {
        throw new IllegalStateException("openapi.json: not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("openapi.json", e);
    }
  }
}
