package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RequestTargetPropertyTest {

  @Property
  void whateverIsAskedForNoSegmentIsEmptyOrDotsOrHasControlCharacters(
      @ForAll("hostileTargets") String raw) {
    if (RequestTarget.parse(raw) instanceof RequestTarget.Path path) {
      for (String segment : path.segments()) {
        assertFalse(segment.isEmpty(), "empty segment");
        assertFalse(segment.equals(".") || segment.equals(".."), "dot segment");
        assertFalse(segment.contains("/"), "slash in a segment");
        assertFalse(segment.chars().anyMatch(Character::isISOControl), "control character");
      }
    }
  }

  @Property
  void anyStringIsEitherAPathOrMalformed(@ForAll String raw) {
    if (RequestTarget.parse(raw) instanceof RequestTarget.Malformed malformed) {
      assertFalse(malformed.problem().isEmpty());
    }
  }

  @Property
  void encodedSegmentsComeBackAsTheyWere(
      @ForAll("segments") List<String> segments,
      @ForAll("queries") String query,
      @ForAll Random random) {
    String origin = encode(segments, random) + "?" + query;
    RequestTarget.Path expected = new RequestTarget.Path(segments, query, !segments.isEmpty());
    assertEquals(expected, RequestTarget.parse(origin));
    assertEquals(expected, RequestTarget.parse("http://host:8080" + origin));
  }

  /**
   * Each byte as it is, or as an escape in either case, a slash behind each segment; slashes
   * repeated and escaped.
   */
  private static String encode(List<String> segments, Random random) {
    StringBuilder raw = new StringBuilder("/");
    for (String segment : segments) {
      for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
        char c = (char) (b & 0xff);
        if ("%?#".indexOf(c) >= 0 || random.nextBoolean()) {
          raw.append(String.format(random.nextBoolean() ? "%%%02x" : "%%%02X", (int) c));
        } else {
          raw.append(c);
        }
      }
      raw.append(List.of("/", "//", "%2f", "%2F/").get(random.nextInt(4)));
    }
    return raw.toString();
  }

  @Provide
  Arbitrary<String> hostileTargets() {
    return Arbitraries.of(
            "/",
            "//",
            ".",
            "..",
            "%2e",
            "%2E",
            "%2f",
            "%5c",
            "%00",
            "%0a",
            "%7f",
            "%c2%85",
            "%",
            "%c0%ae",
            "%252e",
            "a",
            "boot",
            "\\",
            "?",
            "#",
            "http://",
            "http://h",
            ";",
            " ",
            "\t",
            "\u00ff",
            "é")
        .list()
        .ofMaxSize(8)
        .map(parts -> String.join("", parts))
        .flatMap(text -> Arbitraries.of(text, "/" + text, "/../" + text, "http://h/" + text));
  }

  @Provide
  Arbitrary<List<String>> segments() {
    return Arbitraries.strings()
        .withChars("abcXYZ019-_.:~%+ \\\"<>?#&=;äß漢€")
        .withCharRange('\u00a0', '\ud7ff')
        .ofMinLength(1)
        .ofMaxLength(12)
        .filter(text -> !text.equals(".") && !text.equals(".."))
        .list()
        .ofMaxSize(5);
  }

  @Provide
  Arbitrary<String> queries() {
    return Arbitraries.strings().withChars("abc=&?/.%[]+").ofMaxLength(20);
  }
}
