package io.sluice.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is written where. */
final class OutputOptions {
  /** When the live view is drawn. */
  enum Live {
    auto,
    on,
    off
  }

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the report as JSON.")
  @Nullable Path json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes the report as one page that needs no network.")
  @Nullable Path html;

  @Option(
      names = "--live",
      paramLabel = "auto|on|off",
      defaultValue = "auto",
      description = "The live view; auto: on a terminal. Default: ${DEFAULT-VALUE}")
  Live live = Live.auto;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      defaultValue = "Boot storm",
      description = "The page's heading. Default: ${DEFAULT-VALUE}")
  String title = "";
}
