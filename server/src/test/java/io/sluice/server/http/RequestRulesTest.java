package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRulesTest {

  private static HttpRequest request(HttpVersion version, String... hosts) {
    HttpRequest request = new DefaultHttpRequest(version, HttpMethod.GET, "/");
    for (String host : hosts) {
      request.headers().add("Host", host);
    }
    return request;
  }

  /** The status of the refusal, or 0. */
  private static int refusal(HttpRequest request) {
    return RequestRules.problemOf(Heads.of(request))
        .map(problem -> problem.status().code())
        .orElse(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "h",
        "h:8080",
        "192.0.2.1",
        "[::1]",
        "[fe80::1%25eth0]:80",
        "a.example.",
        "_x"
      })
  void aRequestWithOneHostIsFine(String host) {
    assertEquals(0, refusal(request(HttpVersion.HTTP_1_1, host)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "h/",
        "h/x",
        "a@b",
        "h\\",
        "h?",
        "h#",
        "<h>",
        "\"h\"",
        "h\u00fc",
        "x:port",
        "[::1",
        "::1",
        "[x]",
        "[::1]x",
        "h:1:2",
        "h:99999",
        "h:-1",
        ":80",
        "h%2",
        "[::1%eth0]"
      })
  void aHostThatIsNoneIsRefused(String host) {
    assertEquals(400, refusal(request(HttpVersion.HTTP_1_1, host)));
  }

  @ParameterizedTest
  @CsvSource({
    "chunked,0",
    "Chunked,0",
    "'chunked,',0",
    "', ,chunked',0",
    "'gzip, chunked',501",
    "'gzip,chunked',501",
    "'identity, chunked',501"
  })
  void aBodyIsInChunksAndNothingElse(String coding, int status) {
    HttpRequest request = request(HttpVersion.HTTP_1_1, "h");
    request.headers().set("Transfer-Encoding", coding);
    assertEquals(status, refusal(request));
  }

  @Test
  void codingsInSeveralFieldsAreOneList() {
    HttpRequest request = request(HttpVersion.HTTP_1_1, "h");
    request.headers().add("Transfer-Encoding", "gzip").add("Transfer-Encoding", "chunked");
    assertEquals(501, refusal(request));
  }

  @ParameterizedTest
  @CsvSource({
    "gzip,5,415",
    "'identity, gzip',5,415",
    "identity,5,0",
    "gzip,0,0",
    "'',5,0",
    "',Identity, ,',5,0"
  })
  void aBodyIsTakenAsItIs(String coding, int length, int status) {
    HttpRequest request = request(HttpVersion.HTTP_1_1, "h");
    request.headers().set("Content-Encoding", coding).set("Content-Length", length);
    assertEquals(status, refusal(request));
  }

  @Test
  void aMissingHostIsRefusedInHttp11Only() {
    assertEquals(400, refusal(request(HttpVersion.HTTP_1_1)));
    assertEquals(0, refusal(request(HttpVersion.HTTP_1_0)));
  }

  @Test
  void twoHostsAreRefusedEvenWhenTheyAreEqual() {
    assertEquals(400, refusal(request(HttpVersion.HTTP_1_1, "h", "h")));
    assertEquals(400, refusal(request(HttpVersion.HTTP_1_0, "h", "h")));
  }

  @ParameterizedTest
  @CsvSource({"0,9,505", "1,0,0", "1,1,0", "1,2,0", "2,0,505", "3,0,505"})
  void onlyVersionOneIsSpoken(int major, int minor, int status) {
    HttpVersion version = new HttpVersion("HTTP", major, minor, true);
    assertEquals(status, refusal(request(version, "h")));
  }

  @ParameterizedTest
  @CsvSource({"100-continue,0", "100-Continue,0", "'',417", "200-ok,417", "100-continue-or-so,417"})
  void onlyOneExpectationIsKnown(String expectation, int status) {
    HttpRequest request = request(HttpVersion.HTTP_1_1, "h");
    request.headers().set("Expect", expectation);
    assertEquals(status, refusal(request));
  }

  @Test
  void expectationsOfHttp10AreIgnored() {
    HttpRequest request = request(HttpVersion.HTTP_1_0);
    request.headers().set("Expect", "200-ok");
    assertEquals(0, refusal(request));
  }

  @Test
  void whatTheDecoderRefusedIsRefusedBeforeAnythingElseIsLookedAt() {
    assertEquals(414, refused(new TooLongHttpLineException("x")));
    assertEquals(431, refused(new TooLongHttpHeaderException("x")));
    assertEquals(400, refused(new IllegalArgumentException("x")));
  }

  private static int refused(Exception cause) {
    HttpRequest request = request(HttpVersion.HTTP_1_1);
    request.setDecoderResult(DecoderResult.failure(cause));
    return refusal(request);
  }

  @Test
  void aRefusalNeverRepeatsWhatWasSent() {
    HttpRequest request = request(HttpVersion.HTTP_1_1, "<evil>");
    assertFalse(RequestRules.problemOf(Heads.of(request)).orElseThrow().detail().contains("evil"));
    assertFalse(
        RequestRules.malformed(new IllegalArgumentException("<evil>")).detail().contains("evil"));
  }

  @Test
  void onlyGetAndHeadRead() {
    assertTrue(RequestRules.isRead(HttpMethod.GET));
    assertTrue(RequestRules.isRead(HttpMethod.HEAD));
    for (String name : new String[] {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "BREW"}) {
      assertFalse(RequestRules.isRead(HttpMethod.valueOf(name)), name);
    }
  }
}
