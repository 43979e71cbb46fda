package io.sluice.server.http.arrival;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.net.Network;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SecureArrivalTest {
  private static final String OPERATOR = "CN=alice,O=Operators";

  private final ListenPorts ports = new ListenPorts();
  private final HttpHeaders headers = new DefaultHttpHeaders();

  @BeforeEach
  void listen() {
    ports.listens("http", 8080);
    ports.listens("https", 443);
  }

  private Arrival arrival(String publicUrl, String scheme, int port, String... trusted) {
    Proxies proxies =
        new Proxies(
            publicUrl,
            List.of(trusted).stream().map(text -> Network.parse(text).orElseThrow()).toList(),
            ports);
    return proxies.arrival(
        headers,
        "boot.example",
        new Proxies.Connection(
            new InetSocketAddress("10.0.0.7", 40_000),
            new InetSocketAddress("10.0.0.1", port),
            false,
            scheme,
            OPERATOR));
  }

  private static void assertUrls(String base, String http, String https, Arrival arrival) {
    assertEquals(
        List.of(base, http, https),
        List.of(arrival.baseUrl(), arrival.url("http"), arrival.url("https")));
  }

  @Test
  void theServerIsCalledByTheSchemeOfTheConnectionAndTheOtherHasItsOwnPort() {
    String plain = "http://boot.example:8080";
    String secure = "https://boot.example";
    assertUrls(secure, plain, secure, arrival("", "https", 443));
    assertUrls(plain, plain, secure, arrival("", "http", 8080));
  }

  @Test
  void aPublicUrlWinsAndGivesTheOtherItsHost() {
    assertUrls(
        "https://images.example:8443",
        "http://images.example:8080",
        "https://images.example:8443",
        arrival("https://images.example:8443", "http", 8080));
  }

  @Test
  void whatAProxySaysOfTheSchemeWinsOverThatOfItsConnection() {
    headers.set("X-Forwarded-For", "10.9.9.9").set("X-Forwarded-Proto", "http");
    assertEquals("http://boot.example", arrival("", "https", 443, "10.0.0.7").baseUrl());
    headers.remove("X-Forwarded-Proto");
    assertEquals("https://boot.example", arrival("", "https", 443, "10.0.0.7").baseUrl());
  }

  @Test
  void aServerWithoutTheOtherPortHasNoUrlForIt() {
    ports.listens("https", 0);
    assertEquals("", arrival("", "http", 8080).url("https"));
  }

  @Test
  void aCertificateIsThatOfTheClientUnlessARequestWasHandedOn() {
    assertEquals(OPERATOR, arrival("", "https", 443).certified());
    headers.set("Via", "1.1 proxy");
    assertEquals("", arrival("", "https", 443).certified());
    assertEquals("", arrival("", "https", 443, "10.0.0.7").certified());
  }
}
