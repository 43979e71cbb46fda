package io.sluice.server.boot;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Machine;
import io.sluice.server.machines.MachineRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules for machines that have no profile of their own, in their order. A line reads
 *
 * <pre>
 * use PROFILE [when CONDITION...]
 * refuse [when CONDITION...]
 * refuse install [when CONDITION...]
 * </pre>
 *
 * <p>with conditions such as {@code tag=gpu,hpc}, {@code arch=aarch64}, {@code platform=efi},
 * {@code network=10.0.0.0/8}, {@code vendor=52:54:00}, {@code known=no}; {@code !=} negates; all
 * must hold. {@code #} begins a comment.
 */
public final class Rules {
  /** No rules. */
  public static final Rules NONE = new Rules(List.of());

  private final List<Rule> rules;

  private Rules(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /**
   * Reads rules.
   *
   * @param file what messages call them
   * @throws ProfileException for the first line that is wrong
   */
  static Rules parse(String file, String text) throws ProfileException {
    List<Rule> rules = new ArrayList<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].replaceFirst("(^|\\s)#.*", "").strip();
      if (!line.isEmpty()) {
        rules.add(rule(file + ":" + (i + 1), line));
      }
    }
    return new Rules(rules);
  }

  private static Rule rule(String place, String line) throws ProfileException {
    List<String> words = Arrays.asList(line.split("\\s+"));
    int when = words.indexOf("when");
    List<String> head = when < 0 ? words : words.subList(0, when);
    Rule.Action action;
    String profile = "";
    if (head.size() == 2 && head.get(0).equals("use") && MachineRules.isName(head.get(1))) {
      action = Rule.Action.USE;
      profile = head.get(1);
    } else if (head.equals(List.of("refuse"))) {
      action = Rule.Action.REFUSE;
    } else if (head.equals(List.of("refuse", "install"))) {
      action = Rule.Action.REFUSE_INSTALL;
    } else {
      throw new ProfileException(
          place
              + ": "
              + line
              + " (expected: use PROFILE, refuse or refuse install, then when and conditions)");
    }
    List<Condition> conditions = new ArrayList<>();
    for (String word : when < 0 ? List.<String>of() : words.subList(when + 1, words.size())) {
      conditions.add(condition(place, word));
    }
    if (when >= 0 && conditions.isEmpty()) {
      throw new ProfileException(place + ": " + "when (expected: a condition after it)");
    }
    return new Rule(action, profile, List.copyOf(conditions), place, line);
  }

  private static Condition condition(String place, String word) throws ProfileException {
    int equals = word.indexOf('=');
    boolean negated = equals > 0 && word.charAt(equals - 1) == '!';
    String key = equals < 0 ? word : word.substring(0, negated ? equals - 1 : equals);
    Optional<Condition.Property> property =
        Arrays.stream(Condition.Property.values())
            .filter(candidate -> candidate.spelling().equals(key))
            .findFirst();
    if (equals < 0 || property.isEmpty()) {
      throw new ProfileException(
          place
              + ": "
              + word
              + " (expected: tag=, arch=, platform=, network=, vendor= or known=, or != instead)");
    }
    List<String> values = List.of(word.substring(equals + 1).split(",", -1));
    return Condition.of(property.get(), negated, values)
        .orElseThrow(
            () ->
                new ProfileException(
                    place
                        + ": "
                        + word
                        + " (expected: "
                        + Condition.expected(property.get())
                        + ")"));
  }

  /** The rules that name a profile which is not there. */
  List<Rule> without(Predicate<String> profiles) {
    return rules.stream()
        .filter(rule -> rule.action() == Rule.Action.USE && !profiles.test(rule.profile()))
        .toList();
  }

  /** The first rule of a kind that holds, if any. */
  Optional<Rule> first(Rule.Action action, BootRequest request, @Nullable Machine machine) {
    return rules.stream()
        .filter(rule -> rule.action() == action)
        .filter(rule -> rule.holds(request, machine))
        .findFirst();
  }
}
