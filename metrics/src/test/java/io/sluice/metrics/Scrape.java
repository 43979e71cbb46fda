package io.sluice.metrics;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a registry exposes, by series as written in the text format. */
record Scrape(Map<String, Double> series) {

  static Scrape of(PrometheusRegistry registry) {
    try {
      MetricsRenderer.Format format = new MetricsRenderer.Format("", false, false);
      byte[] body = new MetricsRenderer(registry, format).render(null, null, List.of()).body();
      return parse(new String(body, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Scrape parse(String text) {
    Map<String, Double> series = new LinkedHashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              int space = line.lastIndexOf(' ');
              series.put(line.substring(0, space), number(line.substring(space + 1)));
            });
    return new Scrape(series);
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  double value(String name) {
    Double value = series.get(name);
    if (value == null) {
      throw new AssertionError(name + " is not exposed; there is " + series.keySet());
    }
    return value;
  }

  /** The sum of all series of a name, whatever their labels. */
  double sum(String name) {
    return series.entrySet().stream()
        .filter(e -> e.getKey().equals(name) || e.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
