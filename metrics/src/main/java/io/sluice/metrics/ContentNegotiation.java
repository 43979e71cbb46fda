package io.sluice.metrics;

import java.util.List;

/** Chooses a scrape's format and coding from what a client prefers (RFC 9110 section 12.5). */
final class ContentNegotiation {
  private static final String OPEN_METRICS = "application/openmetrics-text";

  /** OpenMetrics 1.0.0 is sent for 0.0.1 too: scrapers that ask for either read both alike. */
  private static final List<String> OPEN_METRICS_VERSIONS = List.of("0.0.1", "1.0.0");

  private static final List<String> TEXT_VERSIONS = List.of("0.0.4");

  private ContentNegotiation() {}

  /**
   * Whether OpenMetrics is to be sent rather than text 0.0.4: if it is named, and with no lower
   * weight than the text gets, or if the text is refused and a wildcard lets OpenMetrics in.
   */
  static boolean wantsOpenMetrics(Preferences accept) {
    double named = named(accept, OPEN_METRICS, OPEN_METRICS_VERSIONS);
    double text = weight(accept, "text/plain", TEXT_VERSIONS, "text/*");
    if (named >= 0) {
      return named > 0 && named >= text;
    }
    return text == 0 && weight(accept, OPEN_METRICS, OPEN_METRICS_VERSIONS, "application/*") > 0;
  }

  /** The weight of a media type: that of the most specific range it is in, or 0 without one. */
  private static double weight(
      Preferences accept, String type, List<String> versions, String wildcard) {
    double named = named(accept, type, versions);
    double partly = accept.weightOf(wildcard);
    double any = accept.weightOf("*/*");
    return named >= 0 ? named : partly >= 0 ? partly : Math.max(0, any);
  }

  /** The highest weight given to a media type by its name, or -1 if it is not named. */
  private static double named(Preferences accept, String type, List<String> versions) {
    return accept.items().stream()
        .filter(item -> item.value().equals(type) && item.allows("version", versions))
        .mapToDouble(Preferences.Item::weight)
        .max()
        .orElse(-1);
  }

  /** Whether the body is to be compressed: gzip is allowed, and not liked less than identity. */
  static boolean wantsGzip(Preferences acceptEncoding) {
    double named = Math.max(acceptEncoding.weightOf("gzip"), acceptEncoding.weightOf("x-gzip"));
    double gzip = named >= 0 ? named : acceptEncoding.weightOf("*");
    return gzip > 0 && gzip >= acceptEncoding.weightOf("identity");
  }

  /** Whether a browser asks: a page of HTML is named and not refused. */
  static boolean wantsPage(Preferences accept) {
    return accept.weightOf("text/html") > 0;
  }
}
