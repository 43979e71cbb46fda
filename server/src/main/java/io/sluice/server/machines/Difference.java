package io.sluice.server.machines;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One field in which two states of a machine differ, of those an operator gives.
 *
 * @param field its name, such as {@code hostname} or {@code vars.kernel}
 * @param from what it was, empty when there was nothing
 * @param to what it is, empty when there is nothing
 */
public record Difference(String field, String from, String to) {
  private static final String SECRETS = "secrets.";

  /** Characters of a list of names. */
  private static final int LONGEST_NAMES = 300;

  /** Whether neither the old nor the new value may be shown. */
  public boolean isSecret() {
    return field.startsWith(SECRETS);
  }

  /**
   * Every difference, in the order in which a machine is written.
   *
   * @param from null when there was no machine
   * @param to null when there is none any more
   */
  public static List<Difference> between(@Nullable Machine from, @Nullable Machine to) {
    Map<String, String> before = fields(from);
    Map<String, String> after = fields(to);
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    List<Difference> differences = new ArrayList<>();
    for (String name : names) {
      Difference each =
          new Difference(name, before.getOrDefault(name, ""), after.getOrDefault(name, ""));
      boolean same = before.containsKey(name) == after.containsKey(name);
      if (!same || !each.from().equals(each.to())) {
        differences.add(each);
      }
    }
    return differences;
  }

  private static Map<String, String> fields(@Nullable Machine machine) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (machine != null) {
      put(fields, "macs", join(machine.macs().stream().map(MacAddress::colons).toList()));
      put(fields, "uuid", machine.uuid());
      put(fields, "serial", machine.serial());
      put(fields, "hostname", machine.hostname());
      put(fields, "arch", machine.arch());
      put(fields, "tags", join(machine.tags()));
      put(fields, "profile", machine.profile());
      put(fields, "image", machine.image());
      put(fields, "ssh_keys", join(machine.sshKeys()));
      put(fields, "disk", machine.disk());
      machine.vars().forEach((name, value) -> fields.put("vars." + name, value));
      machine.secrets().forEach((name, value) -> fields.put(SECRETS + name, value));
    }
    return fields;
  }

  private static String join(List<String> texts) {
    return String.join(", ", texts);
  }

  private static void put(Map<String, String> fields, String name, String value) {
    if (!value.isEmpty()) {
      fields.put(name, value);
    }
  }

  /** The names of the fields, for the history; never what is in them. */
  public static String names(List<Difference> differences) {
    String names = differences.stream().map(Difference::field).collect(Collectors.joining(", "));
    return names.length() <= LONGEST_NAMES ? names : names.substring(0, LONGEST_NAMES) + "…";
  }
}
