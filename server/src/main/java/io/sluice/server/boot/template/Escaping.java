package io.sluice.server.boot.template;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a value is put into a script so that it stays one value. What a script language has no way to
 * write is refused instead.
 */
public enum Escaping {
  /**
   * iPXE splits a line at white space, knows no quotes, and expands settings after that. A value
   * may hold spaces (a kernel's command line does), but nothing that begins a setting, a command or
   * a comment.
   */
  IPXE {
    @Override
    Optional<String> refusal(String value) {
      // What follows the value may begin with a brace.
      if (value.contains("${") || value.endsWith("$")) {
        return Optional.of("holds ${ or ends with $ (expected: no iPXE setting in a value)");
      }
      return IPXE_COMMAND.matcher(value).find()
          ? Optional.of("holds ||, &&, ; or # at the beginning of a word (expected: none)")
          : Optional.empty();
    }
  },
  /** PXELINUX and Syslinux read a value up to the end of the line. */
  PXELINUX {},
  /**
   * A document of which the template says how a value is written, by the filter {@code json} say.
   */
  DOCUMENT {},
  /** GRUB reads words as a shell does; what is not plain is put into single quotes. */
  GRUB {
    @Override
    String escape(String value) {
      return GRUB_PLAIN.matcher(value).matches() ? value : "'" + value.replace("'", "'\\''") + "'";
    }
  };

  private static final Pattern IPXE_COMMAND =
      Pattern.compile("(?:^|\\s)(?:\\|\\||&&|;)(?:\\s|$)|(?:^|\\s)#|\\\\$");
  private static final Pattern GRUB_PLAIN = Pattern.compile("[A-Za-z0-9._:/@%+=,-]+");

  /** The value as it is written. */
  String escape(String value) {
    return value;
  }

  /** A value of several words as it is written: each of them is one, whatever it holds. */
  String escapeWords(String value) {
    return Arrays.stream(value.strip().split("\\s+"))
        .filter(word -> !word.isEmpty())
        .map(this::escape)
        .collect(Collectors.joining(" "));
  }

  /** Why a value without control characters cannot be written, if it cannot. */
  Optional<String> refusal(String value) {
    return Optional.empty();
  }

  /** Why a value cannot be written in this language at all, if it cannot. */
  Optional<String> problemOf(String value) {
    return value.chars().anyMatch(Character::isISOControl)
        ? Optional.of("holds a control character (expected: one line of text)")
        : refusal(value);
  }
}
