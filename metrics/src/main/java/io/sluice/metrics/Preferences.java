package io.sluice.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client prefers, read from an {@code Accept} or {@code Accept-Encoding} header (RFC 9110
 * section 12.5). Such headers are advice, so whatever cannot be understood in one is passed over.
 *
 * @param items the header's items, in the order given
 */
record Preferences(List<Item> items) {

  /**
   * One item of the header.
   *
   * @param value the media range or coding, in lower case
   * @param parameters its parameters but the weight, names and values in lower case
   * @param weight the weight, from 0 (not acceptable) to 1
   */
  record Item(String value, Map<String, String> parameters, double weight) {

    /** Whether a parameter is absent or one of the values given. */
    boolean allows(String parameter, List<String> values) {
      String stated = parameters.get(parameter);
      return stated == null || values.contains(stated);
    }
  }

  /** Reads a header's value; null and the empty text give no items. */
  static Preferences parse(@Nullable String header) {
    List<Item> items = new ArrayList<>();
    for (String part : split(header == null ? "" : header, ',')) {
      Item item = item(part);
      if (item != null) {
        items.add(item);
      }
    }
    return new Preferences(List.copyOf(items));
  }

  /** The highest weight an item of exactly this value gives, or -1 if there is none. */
  double weightOf(String value) {
    return items.stream()
        .filter(item -> item.value().equals(value))
        .mapToDouble(Item::weight)
        .max()
        .orElse(-1);
  }

  private static @Nullable Item item(String text) {
    List<String> parts = split(text.toLowerCase(Locale.ROOT), ';');
    String value = parts.get(0).strip();
    if (value.isEmpty()) {
      return null;
    }
    Map<String, String> parameters = new HashMap<>();
    for (String part : parts.subList(1, parts.size())) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parameters.put(part.substring(0, equals).strip(), unquote(part.substring(equals + 1)));
      }
    }
    String weight = parameters.remove("q");
    return new Item(value, Map.copyOf(parameters), weight == null ? 1 : weight(weight));
  }

  /** RFC 9110 section 12.4.2: up to three digits after the point; anything else counts as 0. */
  private static double weight(String text) {
    return text.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(text) : 0;
  }

  private static String unquote(String text) {
    String bare = text.strip();
    boolean quoted = bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"");
    return quoted ? bare.substring(1, bare.length() - 1).replace("\\", "") : bare;
  }

  /** Splits at a separator outside quoted strings; always gives at least one part. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}
