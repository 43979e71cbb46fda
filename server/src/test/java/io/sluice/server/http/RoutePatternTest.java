package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutePatternTest {
  private static final Map<String, RoutePattern.Kind> KINDS =
      Map.of("digits", text -> text.matches("[0-9]+") ? Optional.of("#" + text) : Optional.empty());

  private static Optional<Map<String, String>> match(String pattern, String... segments) {
    return new RoutePattern(pattern, KINDS).match(List.of(segments));
  }

  @Test
  void theRootTakesNoSegments() {
    assertEquals(Optional.of(Map.of()), match("/"));
    assertEquals(Optional.empty(), match("/", "a"));
  }

  @Test
  void aWordTakesOnlyItself() {
    assertEquals(Optional.of(Map.of()), match("/healthz", "healthz"));
    assertEquals(Optional.empty(), match("/healthz", "Healthz"));
    assertEquals(Optional.empty(), match("/healthz", "healthz", "x"));
    assertEquals(Optional.empty(), match("/healthz"));
  }

  @Test
  void aNameTakesOneSegmentWhateverItIs() {
    assertEquals(Optional.of(Map.of("name", "{x}")), match("/images/{name}", "images", "{x}"));
    assertEquals(Optional.empty(), match("/images/{name}", "images"));
    assertEquals(Optional.empty(), match("/images/{name}", "images", "a", "b"));
  }

  @Test
  void aSegmentOfAKindIsHandedOnInTheSpellingUsedInside() {
    assertEquals(Optional.of(Map.of("digits", "#12")), match("/{digits}", "12"));
    assertEquals(Optional.empty(), match("/{digits}", "1x"));
  }

  @Test
  void aPathTakesAllSegmentsThatAreLeftButNotNone() {
    assertEquals(Optional.of(Map.of("path", "a")), match("/ipxe/{path}", "ipxe", "a"));
    assertEquals(
        Optional.of(Map.of("path", "a/b/c")), match("/ipxe/{path}", "ipxe", "a", "b", "c"));
    assertEquals(Optional.empty(), match("/ipxe/{path}", "ipxe"));
    assertEquals(Optional.empty(), match("/ipxe/{path}", "boot", "a"));
  }
}
