package io.sluice.bench.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The report as JSON, to and from. */
public final class JsonDocument {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private JsonDocument() {}

  /** The report as one line of JSON. */
  public static String of(Report report) throws IOException {
    return MAPPER.writeValueAsString(report);
  }

  /**
   * Reads a report that was written before.
   *
   * @throws IOException when the file cannot be read or is no report
   */
  public static Report read(Path file) throws IOException {
    Report report = MAPPER.readValue(Files.readString(file), Report.class);
    if (!Report.FORMAT.equals(report.format())) {
      throw new IOException(
          file + ": format " + report.format() + " (expected: " + Report.FORMAT + ")");
    }
    return report;
  }
}
