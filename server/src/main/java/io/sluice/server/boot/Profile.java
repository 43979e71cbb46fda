package io.sluice.server.boot;

import io.sluice.server.boot.template.Template;
import io.sluice.server.machines.Terms;
import io.sluice.server.net.DiskRule;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A profile in one language.
 *
 * @param name its name
 * @param form the language
 * @param file what messages call it
 * @param shipped whether it comes with the server
 * @param template its text, read
 * @param options what it says about itself, and what it includes says
 */
public record Profile(
    String name,
    ScriptLanguage form,
    String file,
    boolean shipped,
    Template template,
    Map<String, String> options) {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,6})([smhd])");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  /** Whether its scripts install, so that only a machine set to be installed may get them. */
  public boolean installs() {
    return "yes".equals(options.get("installs"));
  }

  /** How images are to be fetched, {@code http} or {@code https}; empty for as the script was. */
  String imageScheme() {
    return options.getOrDefault("images", "");
  }

  /** An option, or its standard value. */
  public String option(String name, String standard) {
    return options.getOrDefault(name, standard);
  }

  /** The same profile with what its template includes counted among its options. */
  Profile including(Template.Includes includes) {
    return template.includesNothing()
        ? this
        : new Profile(name, form, file, shipped, template, template.options(includes));
  }

  /** The terms of installations with it, where they differ from the standard. */
  Terms terms() {
    Terms standard = Terms.STANDARD;
    return new Terms(
        "bytes".equals(options.get("proof")) ? Terms.Proof.BYTES : standard.proof(),
        Optional.ofNullable(options.get("timeout"))
            .flatMap(Profile::span)
            .orElse(standard.timeout()),
        Optional.ofNullable(options.get("attempts"))
            .map(Integer::parseInt)
            .orElse(standard.attempts()),
        "same".equals(options.get("address")));
  }

  /** What is wrong with the options of a template; empty when nothing is. */
  static String problemOf(Map<String, String> options) {
    for (Map.Entry<String, String> option : options.entrySet()) {
      String expected = expected(option.getKey());
      if (expected.isEmpty()) {
        return option.getKey()
            + " (expected: installs, proof, timeout, attempts, address, images, disk, seed, grow,"
            + " boot_entry or afterwards)";
      }
      if (!isGood(option.getKey(), option.getValue())) {
        return option.getKey() + ": " + option.getValue() + " (expected: " + expected + ")";
      }
    }
    return "";
  }

  private static String expected(String option) {
    return switch (option) {
      case "installs" -> "yes or no";
      case "proof" -> "report or bytes";
      case "timeout" -> "a time such as 90m or 4h, 0s for none";
      case "attempts" -> "a number up to 9999, 0 for no bound";
      case "address" -> "same or any";
      case "images" -> "http or https";
      case "disk" -> DiskRule.EXPECTED;
      case "seed" -> "nocloud, cidata or none";
      case "grow", "boot_entry" -> "yes or no";
      case "afterwards" -> "reboot, kexec, poweroff or stay";
      default -> "";
    };
  }

  private static boolean isGood(String option, String value) {
    return switch (option) {
      case "installs", "grow", "boot_entry" -> value.matches("yes|no");
      case "disk" -> DiskRule.problemOf(value).isEmpty();
      case "seed" -> value.matches("nocloud|cidata|none");
      case "afterwards" -> value.matches("reboot|kexec|poweroff|stay");
      case "proof" -> value.matches("report|bytes");
      case "timeout" -> span(value).isPresent();
      case "images" -> value.matches("http|https");
      case "attempts" -> value.matches("\\d{1,4}");
      default -> value.matches("same|any");
    };
  }

  /** Reads a time such as {@code 90m}: seconds, minutes, hours or days. */
  public static Optional<Duration> span(String text) {
    Matcher span = SPAN.matcher(text);
    return span.matches()
        ? Optional.ofNullable(UNITS.get(span.group(2)))
            .map(unit -> unit.multipliedBy(Long.parseLong(span.group(1))))
        : Optional.empty();
  }
}
