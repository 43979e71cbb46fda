package io.sluice.server.api.resource;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON Merge Patch (RFC 7396). */
public final class MergePatch {
  private MergePatch() {}

  /** Changes an object as a patch says. */
  public static void apply(
      Map<String, @Nullable Object> object, Map<String, @Nullable Object> patch) {
    patch.forEach(
        (name, value) -> {
          if (value == null) {
            object.remove(name);
          } else if (value instanceof Map<?, ?> inner) {
            Map<String, @Nullable Object> target = copy(object.get(name));
            apply(target, copy(inner));
            object.put(name, target);
          } else {
            object.put(name, value);
          }
        });
  }

  private static Map<String, @Nullable Object> copy(@Nullable Object value) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> copy.put(String.valueOf(key), each));
    }
    return copy;
  }
}
