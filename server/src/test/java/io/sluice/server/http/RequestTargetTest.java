package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {

  private static RequestTarget.Path path(String raw) {
    return assertInstanceOf(RequestTarget.Path.class, RequestTarget.parse(raw), raw);
  }

  private static RequestTarget.Malformed malformed(String raw) {
    return assertInstanceOf(RequestTarget.Malformed.class, RequestTarget.parse(raw), raw);
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "/,                               ''",
    "//,                              ''",
    "/boot/vmlinuz,                   boot|vmlinuz",
    "//boot///vmlinuz,                boot|vmlinuz",
    "/boot/vmlinuz/,                  boot|vmlinuz",
    "/boot%2fvmlinuz,                 boot|vmlinuz",
    "/boot%2F%2Fvmlinuz,              boot|vmlinuz",
    "%2fboot,                         MALFORMED",
    "/boot/52%3A54%3a00:12:34:56,     boot|52:54:00:12:34:56",
    "/images/a%20b+c.raw,             images|a b+c.raw",
    "/images/gr%C3%BC%c3%9fe,         images|grüße",
    "/images/%f0%9f%90%a7,            images|🐧",
    "/a%3Fb/c%23d,                    a?b|c#d",
    "/...,                            ...",
    "/..a/a../.a,                     ..a|a..|.a",
    "/a\\..\\b,                       a\\..\\b",
    "/%252e%252e/a,                   %2e%2e|a",
  })
  void aPathIsSplitAndDecodedOnce(String raw, String expected) {
    if (expected.equals("MALFORMED")) {
      malformed(raw);
      return;
    }
    List<String> segments =
        expected.isEmpty() ? List.of() : Arrays.asList(expected.split("\\|", -1));
    assertEquals(segments, path(raw).segments());
  }

  @Test
  void theTextIsThePathWithoutRepeatedSlashes() {
    assertEquals("/boot/a b", path("//boot//a%20b/?x").text());
    assertEquals("/", path("///").text());
  }

  @ParameterizedTest
  @CsvSource({
    "/a?b=c,        b=c",
    "/a?,           ''",
    "/a,            ''",
    "/a?b?c,        b?c",
    "/a?../%00%zz,  ../%00%zz",
    "/?name[]=up,   name[]=up",
  })
  void theQueryIsWhatFollowsTheFirstQuestionMarkUntouched(String raw, String query) {
    assertEquals(query, path(raw).query());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../etc/passwd",
        "/images/../../etc/passwd",
        "/images/..",
        "/.",
        "/./images",
        "/images/./x",
        "//..//x",
        "/%2e%2e/x",
        "/%2E%2e/x",
        "/.%2e/x",
        "/%2e./x",
        "/%2e/x",
        "/images%2f..%2fx",
        "/images/%2e%2e%2f%2e%2e%2fetc",
        "/..%2f",
        "/..?x",
        "http://host/../x",
        "http:///x",
        "http://u@host/x",
        "http://u:p@host/x",
        "http://:80/x",
        "http://host:port/x",
        "http://[::1/x",
        "http://host/%2e%2e/x",
      })
  void dotSegmentsAreRefusedInEveryEncoding(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%", "/%4", "/a%", "/a%2", "/%zz", "/%2g", "/%g2", "/% 41", "/%+1", "/%-1", "/%%41",
        "/%4?1",
      })
  void aPercentSignWithoutTwoHexDigitsIsRefused(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%ff", // no UTF-8 at all
        "/%c3", // cut off
        "/%c3/%bc", // cut in two by a slash
        "/%c0%ae%c0%ae/x", // overlong dots
        "/%c0%afx", // overlong slash
        "/%e0%80%ae", // overlong dot in three bytes
        "/%ed%a0%80", // a surrogate
        "/%f4%90%80%80", // past the last code point
        "/\u00fc", // a raw Latin-1 byte
      })
  void whatIsNotUtf8IsRefused(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%00",
        "/%00",
        "/a%0a",
        "/a%0d%0ab",
        "/%1b[2J",
        "/a%09b",
        "/a%7f",
        "/a\tb",
        "/a\u0000b",
        "/a%c2%85",
        "/a%c2%9b2J",
      })
  void controlCharactersAreRefused(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "images/x",
        "?x",
        "host:443",
        "ftp://host/x",
        "http:/host/x",
        "file:///x"
      })
  void whatIsNeitherOriginFormNorAbsoluteFormIsRefused(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @CsvSource({
    "http://host/boot/x,            boot|x",
    "HTTP://host/boot/x,            boot|x",
    "https://host:8443//boot//x,    boot|x",
    "http://[::1]:8080/x,           x",
    "http://host,                   ''",
    "http://host/,                  ''",
    "http://host?boot/x,            ''",
    "http://host?a=/boot/x,         ''",
  })
  void anAbsoluteFormIsItsPath(String raw, String expected) {
    List<String> segments =
        expected.isEmpty() ? List.of() : Arrays.asList(expected.split("\\|", -1));
    assertEquals(segments, path(raw).segments());
  }

  @Test
  void anAbsoluteFormKeepsItsQuery() {
    assertEquals("a=/b", path("http://host?a=/b").query());
    assertEquals("a", path("http://host/x?a").query());
  }

  @ParameterizedTest
  @ValueSource(strings = {"http:///x", "http://", "http://?x", "https:///boot/x"})
  void anAbsoluteFormWithoutAHostIsRefused(String raw) {
    malformed(raw);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a#b", "/#", "/a?b#c", "http://host#x", "http://host/#x"})
  void aFragmentIsRefused(String raw) {
    malformed(raw);
  }

  @Test
  void theProblemDoesNotRepeatTheTarget() {
    for (String raw :
        List.of("/<script>/..", "<script>", "/<script>%00", "/<script>#", "/<script>%")) {
      assertFalse(malformed(raw).problem().contains("script"), raw);
    }
  }
}
