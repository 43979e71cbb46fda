package io.sluice.metrics;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a scrape's format and coding from what scrapers send: lists of names with weights (RFC
 * 9110 §12.5.1, §12.5.3). Such fields are advice, so what cannot be understood in one is passed
 * over, and so are wildcards.
 */
final class ContentNegotiation {
  private ContentNegotiation() {}

  /**
   * Whether OpenMetrics is to be sent: it is named, and with no lower weight than the text gets.
   */
  static boolean wantsOpenMetrics(@Nullable String accept) {
    double weight = weight(accept, "application/openmetrics-text");
    return weight > 0 && weight >= weight(accept, "text/plain");
  }

  /** Whether the body is to be compressed: gzip is named, and not liked less than identity. */
  static boolean wantsGzip(@Nullable String acceptEncoding) {
    double weight = weight(acceptEncoding, "gzip");
    return weight > 0 && weight >= weight(acceptEncoding, "identity");
  }

  /** The highest weight that the items of a name have, 0 when there is none. */
  private static double weight(@Nullable String field, String name) {
    double highest = 0;
    for (String item : (field == null ? "" : field).toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = item.strip().split("\\s*;\\s*", -1);
      if (parts[0].equals(name)) {
        highest = Math.max(highest, weight(parts));
      }
    }
    return highest;
  }

  /** RFC 9110 §12.4.2: from 0 to 1, 1 when it is not said; what is no number counts as 0. */
  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      if (parts[i].startsWith("q=")) {
        String weight = parts[i].substring("q=".length());
        return weight.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(weight) : 0;
      }
    }
    return 1;
  }
}
