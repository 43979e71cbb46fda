package io.sluice.server.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The shape of a route's path, such as {@code /boot/{arch}/{name}}. A name in braces takes one
 * segment of the path: any, or one of the kind that is registered under that name. {@code {path}}
 * takes all segments that are left, at least one.
 */
public final class RoutePattern {
  private static final String REST = "{path}";

  /** A kind of segment: what it is called inside, or empty for a segment that is none. */
  public interface Kind extends Function<String, Optional<String>> {}

  private final String text;
  private final Map<String, Kind> kinds;
  private final List<String> parts;
  private final boolean openEnded;

  /**
   * Reads a pattern.
   *
   * @param kinds by the name that patterns have in braces
   */
  RoutePattern(String text, Map<String, Kind> kinds) {
    this.text = text;
    this.kinds = kinds;
    this.parts = text.equals("/") ? List.of() : List.of(text.substring(1).split("/"));
    this.openEnded = !parts.isEmpty() && parts.get(parts.size() - 1).equals(REST);
  }

  /** What the pattern finds in the path, or empty when the path has another shape. */
  Optional<Map<String, String>> match(List<String> segments) {
    if (!hasShapeOf(segments)) {
      return Optional.empty();
    }
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      if (!isParameter(part)) {
        continue;
      }
      String name = part.substring(1, part.length() - 1);
      Optional<String> value =
          part.equals(REST)
              ? Optional.of(String.join("/", segments.subList(i, segments.size())))
              : kinds.getOrDefault(name, Optional::of).apply(segments.get(i));
      if (value.isEmpty()) {
        return Optional.empty();
      }
      found.put(name, value.get());
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
