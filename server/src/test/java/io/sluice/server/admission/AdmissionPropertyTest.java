package io.sluice.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.admission.AdmissionModel.Machine;
import io.sluice.server.admission.AdmissionModel.State;
import io.sluice.server.admission.AdmissionModel.Step;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Machines come, wait, come back, go away and finish in any order; beside the admission runs a
 * plain model of it.
 */
class AdmissionPropertyTest {
  @Provide
  Arbitrary<Step> steps() {
    return Combinators.combine(
            Arbitraries.of(AdmissionModel.What.class),
            Arbitraries.integers().between(0, 1000),
            Arbitraries.integers().between(0, 60))
        .as(Step::new);
  }

  @Property(tries = 500)
  void inAnyOrderOfEventsTheLimitsHoldNobodyIsPassedOverAndEverybodyFinishes(
      @ForAll @IntRange(max = 4) int limit,
      @ForAll @IntRange(max = 2) int perClient,
      @ForAll("steps") Step first,
      @ForAll @Size(max = 80) List<@net.jqwik.api.From("steps") Step> steps) {
    AdmissionModel model = new AdmissionModel(limit, perClient);
    model.take(first);
    steps.forEach(model::take);
    model.goOnToTheEnd();
    long served = model.machines.stream().filter(machine -> machine.stream != null).count();
    assertEquals(served, model.metered[0], "each stream is counted once");
  }

  @Property(tries = 200)
  void whoNeverGoesAwayIsServedUnlessItWaitedAsLongAsARequestIsHeld(
      @ForAll @IntRange(min = 1, max = 4) int limit,
      @ForAll @Size(min = 1, max = 40) List<Boolean> kinds) {
    AdmissionModel model = new AdmissionModel(limit, 0);
    kinds.forEach(model::arrive);
    model.check();
    model.goOnToTheEnd();
    for (Machine machine : model.machines) {
      assertTrue(
          machine.stream != null || !machine.ipxe, "every machine that comes back is served");
    }
  }

  /** With enough time, those who do nothing but wait and come back are served as they came. */
  @Property(tries = 100)
  void machinesOfOneKindAreServedInOrderOfArrival(
      @ForAll @IntRange(min = 1, max = 4) int limit,
      @ForAll @IntRange(min = 1, max = 30) int count) {
    AdmissionModel model = new AdmissionModel(limit, 0);
    for (int i = 0; i < count; i++) {
      model.arrive(false);
    }
    List<Machine> order = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Machine next = model.in(State.RUNNING).get(0);
      order.add(next);
      model.finish(next);
    }
    assertEquals(model.machines, order);
  }
}
