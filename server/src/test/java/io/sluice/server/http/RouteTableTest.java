package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RouteTableTest {
  private static final Endpoint FIRST = Endpoint.of(request -> Reply.Page.line("first"));
  private static final Endpoint SECOND = Endpoint.of(request -> Reply.Page.line("second"));

  private final RouteTable table =
      RouteTable.builder(Map.of())
          .route(EndpointClass.IMAGE, "/a/fixed", FIRST)
          .route(EndpointClass.BOOT, "/a/{name}", SECOND)
          .build();

  private static RequestTarget.Path path(String... segments) {
    return new RequestTarget.Path(List.of(segments), "");
  }

  @Test
  void theFirstRouteThatFitsTakesTheRequest() {
    RouteTable.Match fixed = table.find("/a/fixed").match().orElseThrow();
    assertSame(FIRST, fixed.endpoint());
    assertEquals(EndpointClass.IMAGE, fixed.endpointClass());
    RouteTable.Match named = table.find("/a/other").match().orElseThrow();
    assertSame(SECOND, named.endpoint());
    assertEquals(Map.of("name", "other"), named.parameters());
  }

  @Test
  void whatNoRouteTakesOrIsMalformedIsOther() {
    assertEquals(EndpointClass.OTHER, table.find("/b").endpointClass());
    assertEquals(EndpointClass.OTHER, table.find("/a/../a/fixed").endpointClass());
    assertEquals(
        EndpointClass.OTHER, RouteTable.builder(Map.of()).build().find("/").endpointClass());
  }

  @Test
  void aRequestKnowsItsParametersAndNoOthers() {
    Request request =
        new Request(HttpMethod.HEAD, path("a"), Map.of("name", "x"), new DefaultHttpHeaders());
    assertEquals("x", request.parameter("name"));
    assertThrows(IllegalArgumentException.class, () -> request.parameter("path"));
  }

  @Test
  void labelsAreTheOnesOfTheInterfaceAndOtherIsTheLast() {
    assertEquals(
        List.of(
            "boot",
            "boot_asset",
            "boot_debian_asset",
            "pxelinux_config",
            "ipxe_artifact",
            "image",
            "os_image",
            "seed",
            "api",
            "infra",
            "other"),
        EndpointClass.labels());
  }
}
