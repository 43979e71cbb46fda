package io.sluice.bench;

import picocli.CommandLine.Command;

/** Extrapolates. */
@Command(name = "plan")
final class PlanCommand implements Runnable {
  @Override
  public void run() {}
}
