package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutePatternTest {

  private static Optional<Map<String, String>> match(String pattern, String... segments) {
    return new RoutePattern(pattern).match(List.of(segments));
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
  void aMacIsHandedOnInOneSpelling() {
    assertEquals(
        Optional.of(Map.of("mac", "aa:bb:cc:dd:ee:ff")), match("/{mac}", "AABB.CCDD.EEFF"));
    assertEquals(Optional.empty(), match("/{mac}", "AABB.CCDD.EEF"));
  }

  @Test
  void architecturesAreHandedOnUnderOneName() {
    Map<String, String> names =
        Map.of(
            "x86_64", "x86_64", "amd64", "x86_64", "i386", "x86_64", "aarch64", "aarch64", "arm64",
            "aarch64");
    names.forEach(
        (asked, name) -> assertEquals(Optional.of(Map.of("arch", name)), match("/{arch}", asked)));
    for (String other : List.of("X86_64", "i686", "riscv64", "x86", "arm", "")) {
      assertEquals(Optional.empty(), match("/{arch}", other), other);
    }
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
