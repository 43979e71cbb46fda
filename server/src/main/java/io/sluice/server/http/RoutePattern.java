package io.sluice.server.http;

import io.sluice.server.net.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The shape of a route's path, such as {@code /boot/{arch}/{name}}. A segment in braces takes one
 * segment of the path; {@code {mac}} takes only a MAC address, {@code {arch}} only an architecture,
 * both hand on the one spelling used inside, and {@code {path}} takes all segments that are left,
 * at least one.
 */
final class RoutePattern {
  /** Processor architectures by every name clients use for them. */
  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          "x86_64", "x86_64", "amd64", "x86_64", "i386", "x86_64", "aarch64", "aarch64", "arm64",
          "aarch64");

  private final String text;
  private final List<String> parts;
  private final boolean openEnded;

  RoutePattern(String text) {
    this.text = text;
    this.parts = text.equals("/") ? List.of() : List.of(text.substring(1).split("/"));
    this.openEnded = !parts.isEmpty() && parts.get(parts.size() - 1).equals("{path}");
  }

  /** What the pattern finds in the path, or empty when the path has another shape. */
  Optional<Map<String, String>> match(List<String> segments) {
    if (!hasShapeOf(segments)) {
      return Optional.empty();
    }
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      String segment = segments.get(i);
      if (!isParameter(part)) {
        continue;
      }
      Optional<String> value =
          switch (part) {
            case "{mac}" -> MacAddress.parse(segment).map(MacAddress::colons);
            case "{arch}" -> Optional.ofNullable(ARCHITECTURES.get(segment));
            case "{path}" -> Optional.of(String.join("/", segments.subList(i, segments.size())));
            default -> Optional.of(segment);
          };
      if (value.isEmpty()) {
        return Optional.empty();
      }
      found.put(part.substring(1, part.length() - 1), value.get());
    }
    return Optional.of(found);
  }

  /** As many segments, and the same where the pattern has no parameter: most routes fail here. */
  private boolean hasShapeOf(List<String> segments) {
    if (openEnded ? segments.size() < parts.size() : segments.size() != parts.size()) {
      return false;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!isParameter(parts.get(i)) && !parts.get(i).equals(segments.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isParameter(String part) {
    return part.charAt(0) == '{';
  }

  @Override
  public String toString() {
    return text;
  }
}
