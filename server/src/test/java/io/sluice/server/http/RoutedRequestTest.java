package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.server.http.arrival.Arrival;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoutedRequestTest {
  private static final Endpoint CONFLICT =
      Endpoint.of(request -> Reply.Problem.of(HttpResponseStatus.CONFLICT, "conflict"));

  private static final RouteTable TABLE =
      RouteTable.builder(Map.of()).stream(
              EndpointClass.IMAGE,
              "/images/{name}",
              1000,
              Endpoint.of(request -> Reply.Page.line(request.parameter("name"))))
          .route(EndpointClass.BOOT_ASSET, "/conflict", CONFLICT)
          .route(EndpointClass.API, "/api/{path}", CONFLICT)
          .build();

  private static RoutedRequest route(String method, String target) {
    HttpRequest head =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target);
    return TABLE.route(
        head, Arrival.straight(new InetSocketAddress("10.0.0.1", 1), head.headers()));
  }

  private static Reply answer(String method, String target) {
    RoutedRequest routed = route(method, target);
    return routed.endpoint().answer(routed.request()).toCompletableFuture().join();
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

  @Test
  void aRequestIsCountedByItsRouteWhateverAnswersIt() {
    assertEquals(EndpointClass.IMAGE, route("PUT", "/images/a").endpointClass());
    assertEquals(EndpointClass.OTHER, route("GET", "/images/../a").endpointClass());
    assertEquals(EndpointClass.OTHER, route("GET", "/nothing").endpointClass());
  }

  @Test
  void onlyLongAnswersOfARouteThatSaysSoAreStreams() {
    assertTrue(route("GET", "/images/a").isStream(1000));
    assertFalse(route("GET", "/images/a").isStream(999));
    assertFalse(route("GET", "/conflict").isStream(Long.MAX_VALUE - 1));
    assertFalse(route("GET", "/nothing").isStream(1000));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/x", "//api/x?y", "/api/%", "http://h/api/../x"})
  void problemsOfTheApiAreToldInJson(String target) {
    assertTrue(route("GET", target).isOfApi());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/images/a", "/%", "/apis/%", "/nothing"})
  void otherProblemsAreLines(String target) {
    assertFalse(route("GET", target).isOfApi());
  }
}
