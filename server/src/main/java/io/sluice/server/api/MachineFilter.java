package io.sluice.server.api;

import io.sluice.server.api.resource.BadRequest;
import io.sluice.server.api.resource.Query;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.MacAddress;
import io.sluice.server.machines.Machine;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Which machines a list is of: all parameters that are given must fit. */
final class MachineFilter implements Predicate<Machine> {
  static final Set<String> PARAMETERS =
      Set.of("tag", "profile", "image", "arch", "state", "locked", "text");

  private static final List<String> STATES =
      Arrays.stream(Installation.State.values()).map(Installation.State::spelling).toList();

  private final Map<String, String> wanted = new HashMap<>();
  private final @Nullable Boolean locked;

  MachineFilter(Query query) throws BadRequest {
    for (String parameter : PARAMETERS) {
      wanted.put(parameter, query.text(parameter));
    }
    wanted.put("arch", query.architecture());
    String state = query.text("state");
    locked = query.text("locked").isEmpty() ? null : query.flag("locked");
    if (!state.isEmpty() && !STATES.contains(state)) {
      throw query.wrong("state", "one of " + String.join(", ", STATES));
    }
  }

  /** Whether nothing is asked for, so that every machine fits. */
  boolean takesAll() {
    return wanted.values().stream().allMatch(String::isEmpty);
  }

  @Override
  public boolean test(Machine machine) {
    String tag = wanted("tag");
    return (tag.isEmpty() || machine.tags().contains(tag))
        && fits("profile", machine.profile())
        && fits("image", machine.image())
        && fits("arch", machine.arch())
        && (locked == null || locked == machine.lock().isSet())
        && fits("state", machine.installation().state().spelling())
        && holds(machine, wanted("text").toLowerCase(Locale.ROOT));
  }

  private String wanted(String parameter) {
    return wanted.getOrDefault(parameter, "");
  }

  private boolean fits(String parameter, String value) {
    return wanted(parameter).isEmpty() || wanted(parameter).equals(value);
  }

  private static boolean holds(Machine machine, String text) {
    return text.isEmpty()
        || machine.id().toLowerCase(Locale.ROOT).contains(text)
        || machine.hostname().toLowerCase(Locale.ROOT).contains(text)
        || machine.serial().toLowerCase(Locale.ROOT).contains(text)
        || machine.uuid().contains(text)
        || machine.macs().stream().map(MacAddress::colons).anyMatch(mac -> mac.contains(text));
  }
}
