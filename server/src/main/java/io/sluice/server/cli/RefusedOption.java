package io.sluice.server.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Says what a server refused in the words of the command line: the option and its value. */
final class RefusedOption {
  private static final String EXPECTED = " (expected: ";

  private static final Map<String, String> NAMES =
      Map.of("macs", "--mac", "tags", "--tag", "timeout_seconds", "--timeout");

  private RefusedOption() {}

  /** One line about a refusal; as the server said it where no option is to blame. */
  static String told(CommandSpec spec, ServerConnection.Refusal refusal) {
    String field = refusal.field();
    String detail = refusal.detail();
    ParseResult parsed = spec.commandLine().getParseResult();
    OptionSpec option = field.isEmpty() ? null : option(spec, parsed, name(field));
    int expected = detail.indexOf(EXPECTED);
    if (option == null || parsed == null || expected < 0 || !parsed.hasMatchedOption(option)) {
      return String.valueOf(refusal.getMessage());
    }
    String said = detail.substring(0, expected);
    String value =
        said.startsWith(field + ": ")
            ? said.substring(field.length() + 2)
            : typed(field, parsed.matchedOption(option.longestName()).originalStringValues());
    return option.longestName() + ": " + value + detail.substring(expected);
  }

  /** The option that was given, or the one that adds to what there is. */
  private static @Nullable OptionSpec option(
      CommandSpec spec, @Nullable ParseResult parsed, String name) {
    OptionSpec adding = spec.findOption("--add-" + name.substring(2));
    return adding != null && parsed != null && parsed.hasMatchedOption(adding)
        ? adding
        : spec.findOption(name);
  }

  private static String name(String field) {
    if (field.startsWith("vars")) {
      return "--var";
    }
    return field.startsWith("secrets")
        ? "--secret"
        : Optional.ofNullable(NAMES.get(field)).orElse("--" + field.replace('_', '-'));
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
