package io.sluice.server.http.arrival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.server.net.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
  private static final String PROXY = "10.0.0.5";

  private static final Proxies TRUSTING =
      new Proxies(
          "",
          List.of(
              Network.parse(PROXY).orElseThrow(),
              Network.parse("192.168.0.0/16").orElseThrow(),
              Network.parse("2001:db8:1::/48").orElseThrow()));

  private static InetSocketAddress at(String address, int port) {
    InetAddress parsed = Network.address(address).orElseThrow();
    return new InetSocketAddress(parsed, port);
  }

  private static HttpHeaders headers(String lines) {
    HttpHeaders headers = new DefaultHttpHeaders();
    Arrays.stream(lines.split("\\|", -1))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .forEach(line -> headers.add(line.split(": ", 2)[0], line.split(": ", 2)[1]));
    return headers;
  }

  private static Arrival arrival(Proxies proxies, String from, String named, String lines) {
    return proxies.arrival(
        headers(lines),
        named,
        new Proxies.Connection(at(from, 40_000), at("10.0.0.1", 8080), false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      nullValues = "-",
      value = {
        "boot.example:8080;     http://boot.example:8080",
        "boot.example;          http://boot.example:8080",
        "boot.example:;         http://boot.example:8080",
        "10.0.2.2;              http://10.0.2.2:8080",
        "10.0.2.2:8080;         http://10.0.2.2:8080",
        "[2001:db8::1];         http://[2001:db8::1]:8080",
        "[2001:db8::1]:8080;    http://[2001:db8::1]:8080",
        "'';                    http://10.0.0.1:8080",
        "boot.example:80;       http://10.0.0.1:8080",
        "boot.example:9999;     http://10.0.0.1:8080",
        "boot.example:0;        http://10.0.0.1:8080",
        "boot.example:99999;    http://10.0.0.1:8080",
        ":8080;                 http://10.0.0.1:8080",
        "a$(reboot);            http://10.0.0.1:8080",
        "2001:db8::1;           http://10.0.0.1:8080",
        "[2001:db8::zz];        http://10.0.0.1:8080",
        "%;                     http://10.0.0.1:8080"
      })
  void aNameCountsWhereItIsConsistentWithTheConnection(String named, String url) {
    assertEquals(url, arrival(Proxies.NONE, "10.0.0.9", named, "").baseUrl());
    Proxies told = new Proxies("https://boot.example", List.of());
    assertEquals("https://boot.example", arrival(told, "10.0.0.9", named, "").baseUrl());
  }

  @Test
  void port80AndIpv6AddressesAreSpelledAsUrlsSpellThem() {
    Proxies.Connection six =
        new Proxies.Connection(at("2001:db8::9", 1), at("2001:db8::1", 80), false);
    HttpHeaders none = new DefaultHttpHeaders();
    assertEquals("http://boot", Proxies.NONE.arrival(none, "boot", six).baseUrl());
    assertEquals("http://boot", Proxies.NONE.arrival(none, "boot:80", six).baseUrl());
    assertEquals(
        "http://[2001:db8:0:0:0:0:0:1]", Proxies.NONE.arrival(none, "boot:8080", six).baseUrl());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "X-Forwarded-For: 10.9.0.1;                                  10.9.0.1",
        "X-Forwarded-For: 1.1.1.1, 10.9.0.1;                         10.9.0.1",
        "X-Forwarded-For: 1.1.1.1 | X-Forwarded-For: 10.9.0.1;       10.9.0.1",
        "X-Forwarded-For: 10.9.0.1, 192.168.3.3;                     10.9.0.1",
        "X-Forwarded-For: junk, 10.9.0.1;                            10.9.0.1",
        "X-Forwarded-For: 192.168.1.1, 192.168.3.3;                  192.168.1.1",
        "X-Forwarded-For: 10.9.0.1:5544;                             10.9.0.1",
        "X-Forwarded-For: 2001:db8::7;                               2001:db8:0:0:0:0:0:7",
        "X-Forwarded-For: [2001:db8::7]:99, 2001:db8:1::2;           2001:db8:0:0:0:0:0:7",
        "X-Forwarded-For: ::ffff:10.9.0.1;                           10.9.0.1",
        "Forwarded: for=10.9.0.1;                                    10.9.0.1",
        "Forwarded: For=\"10.9.0.1:80\", for=192.168.3.3;            10.9.0.1",
        "Forwarded: for=\"[2001:db8::7]:4711\"\\,proto=http;         10.0.0.5",
        "Forwarded: proto=http|Forwarded: for=\"[2001:db8::7]\";     2001:db8:0:0:0:0:0:7",
        "Forwarded: for=unknown;                                     10.0.0.5",
        "Forwarded: for=_gazonk;                                     10.0.0.5",
        "Forwarded: for=_gazonk, for=192.168.3.3;                    192.168.3.3",
        "Forwarded: for=10.9.0.1 | X-Forwarded-For: 10.9.0.1;        10.9.0.1",
        "Forwarded: proto=https | X-Forwarded-For: 10.9.0.1;         10.9.0.1",
        "Via: 1.1 proxy;                                             10.0.0.5",
        "'';                                                         10.0.0.5"
      })
  void theClientIsWhomTheLastTrustedProxyNames(String lines, String client) {
    Arrival trusted = arrival(TRUSTING, PROXY, "h", lines.replace("\\,", ","));
    assertEquals(client, trusted.client().getAddress().getHostAddress());
    assertEquals("", trusted.problem());
    Arrival stranger = arrival(TRUSTING, "10.0.0.6", "h", lines.replace("\\,", ","));
    assertEquals("10.0.0.6", stranger.client().getAddress().getHostAddress());
    assertEquals("http://h:8080", stranger.baseUrl());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "X-Forwarded-For: junk",
        "X-Forwarded-For: 10.9.0.1, 999.1.1.1",
        "Forwarded: for=junk",
        "Forwarded: for=\"10.9.0.1",
        "Forwarded: for 10.9.0.1",
        "Forwarded: for=10.9.0.1 | X-Forwarded-For: 10.9.0.2"
      })
  void whatATrustedProxyMustNotSayIsAProblemAndAStrangersIsNot(String lines) {
    assertFalse(arrival(TRUSTING, PROXY, "h", lines).problem().isEmpty());
    assertEquals("", arrival(TRUSTING, "10.0.0.6", "h", lines).problem());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "X-Forwarded-For: 10.9.0.1!                                       http://h",
        "X-Forwarded-For: 10.9.0.1|X-Forwarded-Proto: https!              https://h",
        "X-Forwarded-Host: boot.example|X-Forwarded-Proto: https!         https://boot.example",
        "X-Forwarded-Host: boot.example|X-Forwarded-Port: 8443|X-Forwarded-Proto: https!"
            + "https://boot.example:8443",
        "X-Forwarded-Host: boot.example:81!                               http://boot.example:81",
        "X-Forwarded-Host: <script>|X-Forwarded-Port: 70000!              http://h",
        "Forwarded: for=10.9.0.1;host=\"boot.example:82\";proto=https!    https://boot.example:82",
        "Forwarded: for=10.9.0.1;host=outer, for=192.168.1.1;host=inner!  http://outer",
        "X-Forwarded-For: 10.9.0.1, 192.168.1.1|X-Forwarded-Host: forged, outer, inner!"
            + "http://outer",
        "Forwarded: proto=https|X-Forwarded-For: 10.9.0.1!                https://h",
        "Via: 1.1 proxy!                                                  http://h:8080"
      })
  void theServerIsCalledWhatTheClientCalledTheProxy(String lines, String url) {
    assertEquals(url, arrival(TRUSTING, PROXY, "h", lines).baseUrl());
    assertEquals("http://h:8080", arrival(TRUSTING, "10.0.0.6", "h", lines).baseUrl());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "127.0.0.1; localhost:8080;        '';                          true",
        "127.0.0.1; LOCALHOST;             '';                          true",
        "127.0.0.1; 127.9.8.7:8080;        '';                          true",
        "127.0.0.1; [::1]:8080;            '';                          true",
        "::1;       [::1];                 '';                          true",
        "127.0.0.1; evil.example:8080;     '';                          false",
        "127.0.0.1; localhost.evil.example;'';                          false",
        "127.0.0.1; 127.0.0.1.evil.example;'';                          false",
        "127.0.0.1; 127.1;                 '';                          false",
        "127.0.0.1; 10.0.0.1:8080;         '';                          false",
        "127.0.0.1; 0.0.0.0:8080;          '';                          false",
        "127.0.0.1; '';                    '';                          false",
        "10.0.0.9;  localhost:8080;        '';                          false",
        "127.0.0.1; localhost:8080;        Forwarded: for=127.0.0.1;    false",
        "127.0.0.1; localhost:8080;        X-Forwarded-For: 127.0.0.1;  false",
        "127.0.0.1; localhost:8080;        x-forwarded-proto: http;     false",
        "127.0.0.1; localhost:8080;        X-Forwarded-Anything: x;     false",
        "127.0.0.1; localhost:8080;        X-Real-IP: 10.0.0.9;         false",
        "127.0.0.1; localhost:8080;        Via: 1.1 proxy;              false"
      })
  void onlyWhoMeansThisMachineAloneIsOnIt(
      String from, String named, String lines, boolean trusted) {
    assertEquals(trusted, arrival(Proxies.NONE, from, named, lines).isFromThisMachine());
    Proxies proxies = new Proxies("", List.of(Network.parse("127.0.0.1").orElseThrow()));
    assertEquals(trusted, arrival(proxies, from, named, lines).isFromThisMachine());
  }

  @Test
  void whoComesByTheProxyProtocolIsNotOnThisMachine() {
    Proxies.Connection proxied =
        new Proxies.Connection(at("127.0.0.1", 1), at("127.0.0.1", 80), true);
    assertFalse(
        Proxies.NONE.arrival(new DefaultHttpHeaders(), "localhost", proxied).isFromThisMachine());
  }

  @Property
  void noHeaderOfAStrangerCountsAndNoneBreaksAnything(@ForAll String value) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (String name : List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host")) {
      headers.add(name, value);
    }
    Proxies.Connection proxy = new Proxies.Connection(at(PROXY, 1), at("10.0.0.1", 80), false);
    Proxies.Connection other = new Proxies.Connection(at("10.7.7.7", 1), at("10.0.0.1", 80), false);
    assertEquals(other.client(), TRUSTING.arrival(headers, "h", other).client());
    assertTrue(TRUSTING.arrival(headers, "h", proxy).baseUrl().matches("http://[\\w.:\\[\\]-]+"));
  }
}
