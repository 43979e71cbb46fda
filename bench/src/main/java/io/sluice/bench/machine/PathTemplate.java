package io.sluice.bench.machine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path each machine fills in with what it is.
 *
 * @param text begins with a slash; may hold {@code {mac}}, {@code {mac:hexhyp}}, {@code
 *     {mac:hexraw}} (iPXE's names) and {@code {n}}
 */
public record PathTemplate(String text) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)}");

  /**
   * Checks the template.
   *
   * @throws IllegalArgumentException when it is no path or has a placeholder that is not known
   */
  public PathTemplate {
    if (!text.startsWith("/") || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "'" + text + "' (expected: a path that begins with / and holds no spaces)");
    }
    Matcher matcher = PLACEHOLDER.matcher(text);
    while (matcher.find()) {
      fill(matcher.group(1), 0);
    }
  }

  /** The path the n-th machine asks for. */
  public String forMachine(int n) {
    return PLACEHOLDER.matcher(text).replaceAll(match -> fill(match.group(1), n));
  }

  /** Whether every machine asks for the same path, and so must get the same bytes. */
  public boolean sameForAll() {
    return text.indexOf('{') < 0;
  }

  private static String fill(String name, int n) {
    return switch (name) {
      case "mac" -> MacAddress.of(n).text(":");
      case "mac:hexhyp" -> MacAddress.of(n).text("-");
      case "mac:hexraw" -> MacAddress.of(n).text("");
      case "n" -> Integer.toString(n);
      default ->
          throw new IllegalArgumentException(
              "'{" + name + "}' (expected: {mac}, {mac:hexhyp}, {mac:hexraw} or {n})");
    };
  }
}
