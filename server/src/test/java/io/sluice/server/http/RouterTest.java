package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private static final Endpoint CONFLICT =
      Endpoint.of(request -> Reply.Problem.of(HttpResponseStatus.CONFLICT, "conflict"));

  private final Router router =
      new Router(
          RouteTable.builder()
              .route(
                  EndpointClass.IMAGE,
                  "/images/{name}",
                  Endpoint.of(request -> Reply.Page.line(request.parameter("name"))))
              .route(EndpointClass.BOOT_ASSET, "/conflict", CONFLICT)
              .route(EndpointClass.API, "/api/{path}", CONFLICT)
              .build());

  private Reply answer(String method, String target) {
    return router
        .route(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target))
        .answer(RequestBody.NONE, Cancellation.never())
        .toCompletableFuture()
        .join();
  }

  @Test
  void theEndpointGetsWhatThePatternFound() {
    Reply.Page page = assertInstanceOf(Reply.Page.class, answer("GET", "//images/a%20b"));
    assertEquals("a b\n", new String(page.body(), StandardCharsets.UTF_8));
    assertEquals(200, answer("HEAD", "/images/a").status().code());
  }

  @Test
  void aMalformedTargetIs400WhateverTheMethod() {
    assertEquals(400, answer("GET", "/images/../x").status().code());
    assertEquals(400, answer("POST", "/api/%").status().code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"})
  void anythingButReadingIs405WithWhatIsAllowed(String method) {
    for (String target : new String[] {"/images/a", "/nothing"}) {
      Reply reply = answer(method, target);
      assertEquals(405, reply.status().code());
      assertEquals(Map.of(ResponseFields.ALLOW, "GET, HEAD"), reply.headers());
    }
  }

  @Test
  void whatHasNoRouteIs404() {
    assertEquals(404, answer("GET", "/nothing").status().code());
    assertEquals(404, answer("HEAD", "/images").status().code());
  }
}
