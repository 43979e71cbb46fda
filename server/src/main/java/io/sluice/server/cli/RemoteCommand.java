package io.sluice.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * A command that sends requests to a running server and prints the answers. What the server refuses
 * it reports with the option of the command line and its value, not with the field of the request.
 */
abstract class RemoteCommand implements Callable<Integer> {
  private static final String EXPECTED = " (expected: ";

  private static final Map<String, String> OPTIONS =
      Map.of(
          "macs",
          "--mac",
          "tags",
          "--tag",
          "timeout_seconds",
          "--timeout",
          "ssh_keys",
          "--ssh-key");

  @Mixin final ApiClient server = new ApiClient();

  @Option(names = "--json", description = "print what the server says, as JSON")
  boolean json;

  @Spec CommandSpec spec = CommandSpec.create();

  /** Takes one page of a list. */
  interface PageConsumer {
    void accept(ApiClient.Answer page) throws IOException;
  }

  /** Sends the requests and prints the answers. */
  abstract void run() throws IOException;

  @Override
  public final Integer call() throws IOException {
    try {
      run();
      return 0;
    } catch (ApiClient.Refusal refusal) {
      throw new IOException(message(refusal), refusal);
    }
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Prints a line on standard error. */
  final void warn(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }

  /** Prints an answer as it came with {@code --json}, else what {@code text} prints of it. */
  final void print(ApiClient.Answer answer, Consumer<Map<String, @Nullable Object>> text)
      throws IOException {
    if (json) {
      out().println(answer.text());
    } else {
      text.accept(answer.object());
    }
    out().flush();
  }

  /**
   * Requests a list page by page.
   *
   * @param parameters of the query, each after an ampersand
   */
  final void forEachPage(String path, String parameters, PageConsumer consumer) throws IOException {
    String after = "";
    do {
      ApiClient.Answer page =
          server.get(path + "?limit=1000&after=" + ApiClient.encode(after) + parameters);
      consumer.accept(page);
      after = page.object().get("next") instanceof String next ? next : "";
    } while (!after.isEmpty());
  }

  /** Warns of the machines that a list leaves out because the server cannot read their records. */
  final void warnOfUnreadable(ApiClient.Answer page) throws IOException {
    for (Map<String, @Nullable Object> each : page.objects("unreadable")) {
      warn("warning: " + each.get("id") + ": the server cannot read it: " + each.get("problem"));
    }
  }

  /** One line about a refusal; the server's own message when no given option has caused it. */
  final String message(ApiClient.Refusal refusal) {
    String field = refusal.field();
    String detail = refusal.detail();
    ParseResult parsed = spec.commandLine().getParseResult();
    OptionSpec option = field.isEmpty() ? null : option(parsed, optionName(field));
    int expected = detail.indexOf(EXPECTED);
    if (option == null || parsed == null || expected < 0 || !parsed.hasMatchedOption(option)) {
      return String.valueOf(refusal.getMessage());
    }
    String found = detail.substring(0, expected);
    String value =
        found.startsWith(field + ": ")
            ? found.substring(field.length() + 2)
            : typed(field, parsed.matchedOption(option.longestName()).originalStringValues());
    return option.longestName() + ": " + value + detail.substring(expected);
  }

  /** The option that sets a field, or the one that adds to it when that one was given. */
  private @Nullable OptionSpec option(@Nullable ParseResult parsed, String name) {
    OptionSpec adding = spec.findOption("--add-" + name.substring(2));
    return adding != null && parsed != null && parsed.hasMatchedOption(adding)
        ? adding
        : spec.findOption(name);
  }

  private static String optionName(String field) {
    if (field.startsWith("vars")) {
      return "--var";
    }
    return field.startsWith("secrets")
        ? "--secret"
        : Optional.ofNullable(OPTIONS.get(field)).orElse("--" + field.replace('_', '-'));
  }

  /** What was typed of a field; of secrets only the name. */
  private static String typed(String field, List<String> values) {
    String name = field.substring(field.indexOf('.') + 1);
    if (field.startsWith("secrets")) {
      return name;
    }
    List<String> own = values.stream().filter(each -> each.startsWith(name + "=")).toList();
    return String.join(", ", field.startsWith("vars.") && !own.isEmpty() ? own : values);
  }
}
