package io.sluice.server;

import static io.sluice.server.http.EndpointClass.API;
import static io.sluice.server.http.EndpointClass.BOOT;
import static io.sluice.server.http.EndpointClass.BOOT_ASSET;
import static io.sluice.server.http.EndpointClass.BOOT_DEBIAN_ASSET;
import static io.sluice.server.http.EndpointClass.IMAGE;
import static io.sluice.server.http.EndpointClass.INFRA;
import static io.sluice.server.http.EndpointClass.IPXE_ARTIFACT;
import static io.sluice.server.http.EndpointClass.OS_IMAGE;
import static io.sluice.server.http.EndpointClass.PXELINUX_CONFIG;
import static io.sluice.server.http.EndpointClass.SEED;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.api.Deliveries;
import io.sluice.server.boot.BootEndpoints;
import io.sluice.server.boot.ScriptLanguage;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.RouteTable;
import io.sluice.server.machines.Architecture;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.net.Identifiers;
import io.sluice.server.net.Receiver;
import io.sluice.server.status.InfraEndpoints;
import java.util.Map;

/** What the ports serve, on one page. The first pattern that fits takes a request. */
final class Routes {
  /** GRUB does not send its MAC address, but knows it; without one, asking again leads nowhere. */
  private static final String GRUB_ASKS_AGAIN =
      """
      if [ -n "$net_default_mac" ]; then
        configfile /boot/grub.cfg/$net_default_mac
      else
        echo "Sluice: GRUB has no net_default_mac to ask with"
        sleep 10
        exit
      fi
      """;

  /**
   * An image or a range of one below this many bytes is no stream: virtual media and iPXE's {@code
   * sanboot} read a disk in many small ranges.
   */
  private static final long LEAST_STREAM_BYTES = 1024 * 1024;

  private static final Endpoint NOTHING = Endpoint.of(Routes::notFound);

  private Routes() {}

  /**
   * What the image port serves; see {@link RouteTable} for the patterns.
   *
   * @param images answers for what is under {@code /images}, by the parameter {@code name}
   * @param machines answers for what depends on the machine that asks
   */
  static RouteTable table(
      FileEndpoints files, Endpoint images, InfraEndpoints infra, MachineEndpoints machines) {
    BootEndpoints boot = machines.boot();
    Deliveries deliveries = machines.deliveries();
    Endpoint bootScript =
        boot.script(
            ScriptLanguage.IPXE, profile -> files.textFile("profiles/" + profile + ".ipxe"));
    Endpoint pxelinux =
        boot.scriptOfKnown(ScriptLanguage.PXELINUX, files.textFile("pxelinux.cfg/{name}"));
    Endpoint grubFile = boot.orElse(files.file("boot/grub.cfg"), GRUB_ASKS_AGAIN);
    Endpoint grub =
        boot.script(
            ScriptLanguage.GRUB, profile -> files.textFile("profiles/" + profile + ".grub"));
    RouteTable.Builder table =
        RouteTable.builder(
            Map.of(
                "mac",
                text -> MacAddress.parse(text).map(MacAddress::colons),
                "arch",
                Architecture::parse));
    machines.api().forEach((path, endpoint) -> table.route(API, path, endpoint));
    return table
        .route(INFRA, "/", infra.page())
        .route(INFRA, "/healthz", infra.alive())
        .route(INFRA, "/readyz", infra.ready())
        .route(INFRA, "/metrics", infra.metrics())
        .route(INFRA, "/favicon.ico", infra.icon())
        .route(INFRA, "/static/{path}", NOTHING)
        .route(API, "/api", NOTHING)
        .route(API, "/api/{path}", NOTHING)
        .route(BOOT, "/boot/{mac}", bootScript)
        .route(BOOT, "/boot/grub.cfg/{mac}", grub)
        .route(BOOT_ASSET, "/boot/grub.cfg", boot.scriptOfKnown(ScriptLanguage.GRUB, grubFile))
        .route(BOOT_ASSET, "/boot/{name}", deliveries.asset(files.file("boot/{name}")))
        .route(PXELINUX_CONFIG, "/boot/pxelinux.cfg/{name}", pxelinux)
        .route(
            BOOT_ASSET, "/boot/{arch}/{name}", deliveries.asset(files.file("boot/{arch}/{name}")))
        .route(
            BOOT_DEBIAN_ASSET,
            "/boot-debian/{arch}/{name}",
            deliveries.asset(files.file("boot-debian/{arch}/{name}")))
        .route(PXELINUX_CONFIG, "/pxelinux.cfg/{name}", pxelinux)
        .route(IPXE_ARTIFACT, "/ipxe/{path}", deliveries.asset(files.file("ipxe/{path}")))
        .stream(IMAGE, "/images/{name}", LEAST_STREAM_BYTES, deliveries.image(images))
        .stream(
            OS_IMAGE,
            "/os/{os}/{name}",
            LEAST_STREAM_BYTES,
            deliveries.asset(files.named("os/{os}", "name")))
        .route(SEED, "/seed/{token}/{name}", machines.seed())
        .route(BOOT, "/{mac}", bootScript)
        .build();
  }

  /** What the metrics port serves. */
  static RouteTable metrics(InfraEndpoints infra) {
    return RouteTable.builder(Map.of())
        .route(INFRA, "/", infra.pageOrMetrics())
        .route(INFRA, "/healthz", infra.alive())
        .route(INFRA, "/readyz", infra.ready())
        .route(INFRA, "/metrics", infra.metrics())
        .build();
  }

  /** The machine that a request names with {@code ?mac=…}, else everything at its address. */
  static Receiver receiver(Request request) {
    return request
        .query()
        .first("mac")
        .flatMap(MacAddress::parse)
        .map(MacAddress::colons)
        .filter(Identifiers::isMac)
        .map(Receiver::new)
        .orElseGet(() -> Receiver.at(request.client()));
  }

  static Reply notFound(Request request) {
    return Reply.Problem.of(
        HttpResponseStatus.NOT_FOUND, request.path().text() + ": nothing is served here");
  }
}
