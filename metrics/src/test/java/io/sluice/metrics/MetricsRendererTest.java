package io.sluice.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.StateSet;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.sluice.metrics.MetricsRenderer.Exposition;
import io.sluice.metrics.MetricsRenderer.Format;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsRendererTest {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final Pattern SAMPLE =
      Pattern.compile(
          NAME
              + "(\\{("
              + NAME
              + "=\"([^\"\\\\\n]|\\\\[\\\\n\"])*\",?)*\\})?"
              + " (-?[0-9.]+(E-?[0-9]+)?|[+-]Inf|NaN)");
  private static final Pattern COMMENT =
      Pattern.compile("# (HELP " + NAME + " .*|TYPE " + NAME + " [a-z]+|UNIT " + NAME + " [a-z]+)");

  private final PrometheusRegistry registry = everyKind();

  private static PrometheusRegistry everyKind() {
    PrometheusRegistry registry = new PrometheusRegistry();
    Counter.builder()
        .name("hits_total")
        .help("Hits.")
        .labelNames("a")
        .register(registry)
        .labelValues("x\"y\\z\n# TYPE w")
        .inc();
    Gauge.builder().name("level").help("Level.").register(registry).set(3);
    Histogram.builder()
        .name("took_seconds")
        .help("Took.")
        .classicOnly()
        .register(registry)
        .observe(2);
    Summary.builder().name("size_bytes").help("Size.").quantile(0.5).register(registry).observe(1);
    Info.builder()
        .name("build_info")
        .help("Build.")
        .labelNames("v")
        .register(registry)
        .setLabelValues("1");
    StateSet.builder()
        .name("mode")
        .help("Mode.")
        .states("on", "off")
        .register(registry)
        .setTrue("on");
    registry.register(
        () ->
            UnknownSnapshot.builder()
                .name("odd")
                .help("Odd.")
                .dataPoint(UnknownSnapshot.UnknownDataPointSnapshot.builder().value(1).build())
                .build());
    registry.register(
        () ->
            HistogramSnapshot.builder()
                .gaugeHistogram(true)
                .name("ages_seconds")
                .help("Ages.")
                .dataPoint(
                    HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(
                            io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets.of(
                                new double[] {1, Double.POSITIVE_INFINITY}, new long[] {1, 2}))
                        .sum(9)
                        .build())
                .build());
    RuntimeMetrics.register(registry, "sluice", "0.1.0");
    return registry;
  }

  private String render(Format format, String accept, String... names) throws IOException {
    Exposition scrape = new MetricsRenderer(registry, format).render(accept, null, List.of(names));
    assertNull(scrape.contentEncoding());
    return new String(scrape.body(), UTF_8);
  }

  private static Set<String> sampleNames(String text) {
    Set<String> names = new TreeSet<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> names.add(line.split("[ {]", 2)[0]));
    return names;
  }

  @Test
  void theDefaultIsTextAndEveryLineOfItParses() throws IOException {
    Exposition scrape =
        new MetricsRenderer(registry, new Format("", true, true)).render(null, null, List.of());
    assertEquals(TEXT, scrape.contentType());
    String text = new String(scrape.body(), UTF_8);
    assertTrue(text.endsWith("\n"));
    text.lines().forEach(MetricsRendererTest::assertParses);
    assertTrue(text.contains("# TYPE hits_total counter\n"), text);
    assertTrue(text.contains("# HELP hits_total Hits.\n"), text);
    assertTrue(text.contains("hits_total{a=\"x\\\"y\\\\z\\n# TYPE w\"} 1.0\n"), text);
  }

  private static void assertParses(String line) {
    assertTrue(SAMPLE.matcher(line).matches() || COMMENT.matcher(line).matches(), line);
  }

  @Test
  void runtimeAndBuildSeriesAreThere() throws IOException {
    Set<String> names = sampleNames(render(new Format("", true, true), null));
    assertTrue(names.contains("sluice_build_info"), names.toString());
    assertTrue(names.contains("jvm_memory_used_bytes"), names.toString());
    assertTrue(names.contains("process_cpu_seconds_total"), names.toString());
  }

  @Test
  void everyNameOfEveryKindGetsThePrefixInBothFormats() throws IOException {
    for (String accept : List.of("text/plain", "application/openmetrics-text")) {
      Set<String> plain = sampleNames(render(new Format("", true, true), accept));
      String prefixed = render(new Format("acme_", true, true), accept);
      Set<String> expected = new TreeSet<>();
      plain.forEach(name -> expected.add("acme_" + name));
      assertEquals(expected, sampleNames(prefixed));
      prefixed
          .lines()
          .filter(line -> line.startsWith("#") && !line.equals("# EOF"))
          .forEach(line -> assertTrue(line.split(" ", 4)[2].startsWith("acme_"), line));
    }
  }

  @Test
  void thePrefixLeavesValuesAndTypesAlone() throws IOException {
    String text = render(new Format("acme_", true, true), null);
    assertTrue(text.contains("# TYPE acme_took_seconds histogram\n"), text);
    assertTrue(text.contains("acme_took_seconds_sum 2.0\n"), text);
    assertTrue(text.contains("acme_mode{acme_mode=\"on\"} 1\n"), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1x_", "a-b", "a b", "é", "a{", "a\n"})
  void aPrefixThatMakesInvalidNamesIsRefused(String prefix) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new MetricsRenderer(registry, new Format(prefix, true, true)));
    assertTrue(
        refusal.getMessage().startsWith("metrics-prefix: " + prefix + " (expected: "),
        refusal.getMessage());
  }

  @Test
  void helpLinesCanBeLeftOut() throws IOException {
    String text = render(new Format("", false, true), null);
    assertFalse(text.contains("# HELP "), text);
    assertTrue(text.contains("# TYPE hits_total counter\n"), text);
    assertEquals(sampleNames(render(new Format("", true, true), null)), sampleNames(text));
  }

  @Test
  void typeLinesCanBeLeftOutWithoutTouchingAnythingElse() throws IOException {
    String[] names = {"hits", "level", "took_seconds", "mode"};
    String with = render(new Format("", true, true), null, names);
    String without = render(new Format("", true, false), null, names);
    String expected =
        with.lines()
            .filter(line -> !line.startsWith("# TYPE "))
            .map(line -> line + "\n")
            .reduce("", String::concat);
    assertEquals(expected, without);
    assertTrue(without.contains("\\n# TYPE w"), "a label value is no TYPE line");
  }

  @Test
  void openMetricsKeepsItsTypesAndItsEnd() throws IOException {
    String text = render(new Format("", false, false), "application/openmetrics-text");
    assertTrue(text.endsWith("# EOF\n"), text);
    assertTrue(text.contains("# TYPE hits counter\n"), text);
    assertFalse(text.contains("# HELP "), text);
    assertTrue(text.contains("\nhits_total{"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hits | hits_total",
        "hits_total | hits_total",
        "hits_created | hits_total",
        "level | level",
        "took_seconds_bucket | took_seconds_bucket took_seconds_count took_seconds_sum",
        "took_seconds | took_seconds_bucket took_seconds_count took_seconds_sum",
        "took_seconds_sum | took_seconds_bucket took_seconds_count took_seconds_sum",
        "size_bytes_count | size_bytes size_bytes_count size_bytes_sum",
        "build_info | build_info",
        "build | build_info",
        "mode | mode",
        "odd | odd",
        "ages_seconds_gsum | ages_seconds_bucket ages_seconds_gcount ages_seconds_gsum",
        "jvm_threads_current | jvm_threads_current",
        "level_total | ''",
        "level_count | ''",
        "nothing | ''",
        "'' | ''",
      })
  void aNamePicksTheFamilyItIsOrASeriesOf(String name, String expected) throws IOException {
    Set<String> names = expected.isEmpty() ? Set.of() : Set.of(expected.split(" ", -1));
    String plain = render(new Format("", true, true), null, name);
    assertEquals(names, sampleNames(plain));
    String prefixed = render(new Format("acme_", true, true), null, "acme_" + name);
    assertEquals(names.size(), sampleNames(prefixed).size());
    assertEquals(Set.of(), sampleNames(render(new Format("acme_", true, true), null, name)));
  }

  @Test
  void severalNamesPickSeveralFamilies() throws IOException {
    String text = render(new Format("", true, true), null, "level", "hits_total", "nothing");
    assertEquals(Set.of("level", "hits_total"), sampleNames(text));
  }

  @Test
  void askingForNothingThatExistsIsStillValidOpenMetrics() throws IOException {
    String text = render(new Format("", true, true), "application/openmetrics-text", "nothing");
    assertEquals("# EOF\n", text);
  }

  @Test
  void theFormatFollowsAccept() throws IOException {
    MetricsRenderer renderer = new MetricsRenderer(registry, new Format("", true, true));
    Exposition open = renderer.render("application/openmetrics-text", null, List.of());
    assertEquals(OPEN_METRICS, open.contentType());
    assertTrue(new String(open.body(), UTF_8).endsWith("# EOF\n"));
    assertEquals(TEXT, renderer.render("application/json", null, List.of()).contentType());
  }

  @Test
  void gzipUnpacksToTheSameText() throws IOException {
    MetricsRenderer renderer = new MetricsRenderer(registry, new Format("", true, true));
    Exposition packed = renderer.render(null, "gzip", List.of("level"));
    assertEquals("gzip", packed.contentEncoding());
    byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes();
    assertArrayEquals(renderer.render(null, null, List.of("level")).body(), unpacked);
    assertNull(renderer.render(null, "gzip;q=0", List.of("level")).contentEncoding());
  }

  @Test
  void everyRenderReadsTheValuesAnew() throws IOException {
    PrometheusRegistry own = new PrometheusRegistry();
    Gauge gauge = Gauge.builder().name("level").register(own);
    MetricsRenderer renderer = new MetricsRenderer(own, new Format("", false, false));
    for (int i = 1; i < 3; i++) {
      gauge.set(i);
      assertEquals(
          "level " + i + ".0\n", new String(renderer.render(null, null, List.of()).body(), UTF_8));
    }
  }
}
