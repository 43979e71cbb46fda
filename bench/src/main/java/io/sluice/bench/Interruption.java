package io.sluice.bench;

import io.sluice.bench.storm.StopSignal;

/** Turns Ctrl-C and SIGTERM into the end of a run that still writes its reports. */
final class Interruption {
  /** How long the process may outlive the signal: the last probes, and reports of a long run. */
  private static final int SECONDS = 60;

  private Interruption() {}

  static Thread install(StopSignal stop) {
    Thread hook =
        new Thread(
            () -> {
              stop.request();
              try {
                if (!stop.awaitEnd(SECONDS)) {
                  System.err.println("sluice-bench: the run did not end in " + SECONDS + " s");
                }
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            },
            "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  static void remove(Thread hook) {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // The hook runs: it has heard of the end, and the process goes.
    }
  }
}
