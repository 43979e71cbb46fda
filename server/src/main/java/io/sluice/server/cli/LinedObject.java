package io.sluice.server.cli;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An object of a file that knows in which line each of its fields stands. */
final class LinedObject {
  /** Characters of a value that are quoted. */
  private static final int LONGEST_VALUE = 80;

  private final int line;
  private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new HashMap<>();

  /**
   * An object without fields yet.
   *
   * @param line where it begins, from 1
   */
  LinedObject(int line) {
    this.line = line;
  }

  int line() {
    return line;
  }

  /** Whether the field is new. */
  boolean put(String name, @Nullable Object value, int at) {
    boolean first = !fields.containsKey(name);
    fields.put(name, value);
    lines.put(name, at);
    return first;
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  @Nullable Object get(String name) {
    return fields.get(name);
  }

  int size() {
    return fields.size();
  }

  /** The fields, objects within as maps. */
  Map<String, @Nullable Object> plain() {
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    fields.forEach((name, value) -> plain.put(name, plain(value)));
    return plain;
  }

  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof LinedObject inner) {
      return inner.plain();
    }
    return value instanceof List<?> list ? list.stream().map(LinedObject::plain).toList() : value;
  }

  /**
   * The line of a field.
   *
   * @param path its name with the names around it, such as {@code vars.kernel}
   */
  int line(String path) {
    String name = name(path);
    int own = lines.getOrDefault(name, line);
    return fields.get(name) instanceof LinedObject inner && path.length() > name.length()
        ? inner.lines.getOrDefault(path.substring(name.length() + 1), own)
        : own;
  }

  /** What a field says, for a message; empty when it says nothing, or nobody may see it. */
  String shown(String path) {
    String name = name(path);
    Object value = fields.get(name);
    if (value instanceof LinedObject inner && path.length() > name.length()) {
      value = name.equals("secrets") ? null : inner.get(path.substring(name.length() + 1));
    }
    if (value == null || value instanceof LinedObject) {
      return "";
    }
    String text =
        value instanceof List<?> list
            ? String.join(", ", list.stream().map(String::valueOf).toList())
            : String.valueOf(value);
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
  }

  private static String name(String path) {
    int dot = path.indexOf('.');
    return dot < 0 ? path : path.substring(0, dot);
  }
}
