package io.sluice.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a registry holds into the bytes of a scrape. Everything is read anew for each call;
 * nothing is kept. Safe for use by several threads; reads collectors and compresses on the calling
 * one, so it does not belong on an event loop.
 */
public final class MetricsRenderer {
  private static final Pattern PREFIX = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)?");

  private final PrometheusRegistry registry;
  private final Format format;
  private final SnapshotPrefix renaming;
  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();

  /**
   * How the metrics are written.
   *
   * @param prefix put before every metric name, those of the Java runtime included; may be empty
   * @param help whether metrics have their HELP line, in either format
   * @param type whether metrics have their TYPE line in the text format; OpenMetrics always has it,
   *     because there the type decides what a family may contain
   */
  public record Format(String prefix, boolean help, boolean type) {}

  /**
   * A rendered scrape.
   *
   * @param contentType the value of {@code Content-Type}
   * @param contentEncoding the value of {@code Content-Encoding}, or null if the body is as it is
   * @param body the body, made for this answer and not kept anywhere
   */
  @SuppressWarnings("ArrayRecordComponent") // a buffer to send, never compared
  public record Exposition(String contentType, @Nullable String contentEncoding, byte[] body) {}

  /**
   * Makes a renderer.
   *
   * @param registry what to render
   * @param format how
   * @throws IllegalArgumentException if the prefix does not begin a metric name
   */
  public MetricsRenderer(PrometheusRegistry registry, Format format) {
    if (!PREFIX.matcher(format.prefix()).matches()) {
      throw new IllegalArgumentException(
          "metrics-prefix: "
              + format.prefix()
              + " (expected: letters, digits, _ and :, not a digit first)");
    }
    this.registry = registry;
    this.format = format;
    this.renaming = new SnapshotPrefix(format.prefix(), format.help());
  }

  /**
   * Renders the metrics in the form a client asks for: text 0.0.4, unless {@code Accept} names
   * OpenMetrics with no lower weight; plain, unless {@code Accept-Encoding} allows gzip. A client
   * that accepts neither format gets the text.
   *
   * @param accept the request's {@code Accept}, or null
   * @param acceptEncoding the request's {@code Accept-Encoding}, or null
   * @param names the metrics wanted, each named as exposed, by its family or one of its series;
   *     empty for all. What no metric has as its name is passed over.
   * @return the scrape
   * @throws IOException never in practice: the bytes go to memory
   * @throws RuntimeException whatever a collector of the registry throws
   */
  public Exposition render(
      @Nullable String accept, @Nullable String acceptEncoding, List<String> names)
      throws IOException {
    boolean open = ContentNegotiation.wantsOpenMetrics(accept);
    boolean gzip = ContentNegotiation.wantsGzip(acceptEncoding);
    ExpositionFormatWriter writer = open ? openMetrics : text;
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (OutputStream packed = gzip ? new GZIPOutputStream(body) : body) {
      OutputStream out = open || format.type() ? packed : new TypeLineFilter(packed);
      // Our names need no escaping, and a foreign one is escaped to what every scraper can read.
      writer.write(out, snapshots(names), EscapingScheme.UNDERSCORE_ESCAPING);
    }
    return new Exposition(writer.getContentType(), gzip ? "gzip" : null, body.toByteArray());
  }

  private MetricSnapshots snapshots(List<String> names) {
    if (names.isEmpty()) {
      return new MetricSnapshots(
          registry.scrape().stream().<MetricSnapshot>map(renaming::apply).toList());
    }
    NameSelection selection = new NameSelection(names, format.prefix());
    return new MetricSnapshots(
        registry.scrape(selection::maybe).stream()
            .filter(selection::includes)
            .<MetricSnapshot>map(renaming::apply)
            .toList());
  }
}
