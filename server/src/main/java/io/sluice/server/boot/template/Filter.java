package io.sluice.server.boot.template;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** What may follow a bar in a template: a change to a text. */
enum Filter {
  /** Percent-encoded for a part of a URI (RFC 3986 §2.1). */
  URI,
  /** The bytes as iPXE's setting type {@code hex} reads them: pairs with colons between. */
  HEX,
  /** In capitals. */
  UPPER,
  /** In small letters. */
  LOWER,
  /** Several words, such as those of a kernel's command line: each is written as one of its own. */
  WORDS,
  /** A string of JSON with its quotes (RFC 8259 §7), which YAML reads as the same. */
  JSON;

  /** The filter of this name. */
  static Optional<Filter> of(String name) {
    return Arrays.stream(values()).filter(filter -> filter.spelling().equals(name)).findFirst();
  }

  /** Every name, for messages. */
  static String names() {
    return String.join(", ", Arrays.stream(values()).map(Filter::spelling).toList());
  }

  private String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }

  String apply(String text) {
    return switch (this) {
      case URI -> URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
      case HEX -> HexFormat.ofDelimiter(":").formatHex(text.getBytes(StandardCharsets.UTF_8));
      case UPPER -> text.toUpperCase(Locale.ROOT);
      case LOWER -> text.toLowerCase(Locale.ROOT);
      case WORDS -> text;
      case JSON -> quoted(text);
    };
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each == '"' || each == '\\') {
        out.append('\\').append(each);
      } else if (each == '\n') {
        out.append("\\n");
      } else if (Character.isISOControl(each)) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) each));
      } else {
        out.append(each);
      }
    }
    return out.append('"').toString();
  }
}
