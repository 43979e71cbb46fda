package io.sluice.bench.machine;

import java.util.List;

/**
 * What a machine asks for, one after the other.
 *
 * @param steps in the order of the stages, at least one
 */
public record BootSequence(List<Step> steps) {
  /** Takes a copy of the steps. */
  public BootSequence {
    steps = List.copyOf(steps);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("no stage (expected: at least one)");
    }
  }

  /**
   * One request.
   *
   * @param stage what it is for
   * @param method the HTTP method
   * @param path where it goes
   */
  public record Step(BootStage stage, String method, PathTemplate path) {}
}
