package io.sluice.server.boot;

import io.sluice.server.machines.BootRequest;
import io.sluice.server.machines.Machine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of the rules.
 *
 * @param action what it says
 * @param profile the profile of {@link Action#USE}, else empty
 * @param conditions all of which must hold
 * @param place file and line
 * @param text the line as it stands
 */
record Rule(Action action, String profile, List<Condition> conditions, String place, String text) {

  /** What a rule says. */
  enum Action {
    /** Boot this profile. */
    USE,
    /** Answer nothing but a refusal. */
    REFUSE,
    /** Hand out no install script. */
    REFUSE_INSTALL
  }

  boolean holds(BootRequest request, @Nullable Machine machine) {
    return conditions.stream().allMatch(condition -> condition.holds(request, machine));
  }

  @Override
  public String toString() {
    return place + ": " + text;
  }
}
