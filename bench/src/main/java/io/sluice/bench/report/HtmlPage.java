package io.sluice.bench.report;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The report as one page that needs nothing from anywhere else. */
public final class HtmlPage {
  private HtmlPage() {}

  /** The whole page. */
  public static String of(Report report) throws IOException {
    // Inside a script element only "<" could end it (HTML, 13.1.3); JSON can spell it otherwise.
    String data = JsonDocument.of(report).replace("<", "\\u003c");
    return part("page.html")
        .replace("/*STYLE*/", part("page.css"))
        .replace("/*SCRIPT*/", part("chart.js") + part("page.js"))
        .replace("/*REPORT*/", data);
  }

  private static String part(String name) throws IOException {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException(name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
