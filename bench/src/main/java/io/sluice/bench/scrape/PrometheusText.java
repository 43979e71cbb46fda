package io.sluice.bench.scrape;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the Prometheus text format, version 0.0.4: text in, samples out. */
final class PrometheusText {
  private static final Pattern LINE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})?[ \\t]+([-+0-9.eE]+|[-+]?Inf|NaN)(?:[ \\t]+\\S+)?");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)[ \\t]*=[ \\t]*\"((?:[^\"\\\\]|\\\\.)*)\"");

  private PrometheusText() {}

  /**
   * One line.
   *
   * @param name of the metric
   * @param labels by name
   * @param value may be infinite or NaN
   */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** All samples of a page; lines that are none are passed over. */
  static List<Sample> parse(String page) {
    List<Sample> samples = new ArrayList<>();
    for (String line : page.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line.strip());
      if (!line.startsWith("#") && matcher.matches()) {
        double value = value(matcher.group(3));
        samples.add(new Sample(matcher.group(1), labels(matcher.group(2)), value));
      }
    }
    return samples;
  }

  /** Labels as they stand between braces; none for null. */
  static Map<String, String> labels(@Nullable String text) {
    Map<String, String> labels = new HashMap<>();
    if (text != null) {
      Matcher matcher = LABEL.matcher(text);
      while (matcher.find()) {
        labels.put(matcher.group(1), unescape(matcher.group(2)));
      }
    }
    return Map.copyOf(labels);
  }

  static double value(String text) {
    return switch (text) {
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException notANumber) {
          yield Double.NaN;
        }
      }
    };
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
  }
}
