package io.sluice.bench;

import io.sluice.bench.report.HtmlPage;
import io.sluice.bench.report.JsonDocument;
import io.sluice.bench.report.Report;
import io.sluice.bench.report.ResultTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;

/** Writes a report to everywhere it was asked for. */
final class ReportFiles {
  private ReportFiles() {}

  static void write(Report report, OutputOptions options, PrintWriter out) throws IOException {
    out.print(ResultTable.of(report));
    out.flush();
    if (options.json != null) {
      Files.writeString(options.json, JsonDocument.of(report));
    }
    if (options.html != null) {
      Files.writeString(options.html, HtmlPage.of(report));
    }
  }
}
