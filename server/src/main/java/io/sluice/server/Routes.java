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

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.files.FileEndpoints;
import io.sluice.server.http.Endpoint;
import io.sluice.server.http.Reply;
import io.sluice.server.http.RouteTable;

/** What the image port serves, on one page. The first pattern that fits takes a request. */
final class Routes {
  private Routes() {}

  /**
   * The table; see {@link RouteTable} for the patterns.
   *
   * @param images answers for what is under {@code /images}, by the parameter {@code name}
   */
  static RouteTable table(FileEndpoints files, Endpoint images, InfraEndpoints infra) {
    Endpoint bootScript = files.textFile("profiles/default.ipxe");
    Endpoint nothing =
        Endpoint.of(
            request ->
                Reply.Problem.of(
                    HttpResponseStatus.NOT_FOUND,
                    request.path().text() + ": nothing is served here"));
    return RouteTable.builder()
        .route(INFRA, "/", infra.page())
        .route(INFRA, "/healthz", infra.alive())
        .route(INFRA, "/readyz", infra.ready())
        .route(INFRA, "/metrics", infra.metrics())
        .route(INFRA, "/favicon.ico", infra.icon())
        .route(INFRA, "/static/{path}", nothing)
        .route(API, "/api", nothing)
        .route(API, "/api/{path}", nothing)
        .route(BOOT, "/boot/{mac}", bootScript)
        .route(BOOT_ASSET, "/boot/{name}", files.file("boot/{name}"))
        .route(PXELINUX_CONFIG, "/boot/pxelinux.cfg/{name}", files.textFile("pxelinux.cfg/{name}"))
        .route(BOOT_ASSET, "/boot/{arch}/{name}", files.file("boot/{arch}/{name}"))
        .route(
            BOOT_DEBIAN_ASSET,
            "/boot-debian/{arch}/{name}",
            files.file("boot-debian/{arch}/{name}"))
        .route(PXELINUX_CONFIG, "/pxelinux.cfg/{name}", files.textFile("pxelinux.cfg/{name}"))
        .route(IPXE_ARTIFACT, "/ipxe/{path}", files.file("ipxe/{path}"))
        .route(IMAGE, "/images/{name}", images)
        .route(OS_IMAGE, "/os/{os}/{name}", files.named("os/{os}", "name"))
        .route(BOOT, "/{mac}", bootScript)
        .build();
  }
}
