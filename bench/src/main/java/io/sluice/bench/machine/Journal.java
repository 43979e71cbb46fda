package io.sluice.bench.machine;

/** Writes down what a machine does; times are nanoseconds of the storm's clock. */
public interface Journal {
  /** A machine begins a stage. */
  void began(int machine, BootStage stage);

  /** Body bytes came. */
  void received(BootStage stage, int bytes);

  /** A machine was told to come back, and will. */
  void toldToWait(BootStage stage);

  /** A stage ended. */
  void ended(StageRun run);

  /** A machine will do nothing more, or boots again. */
  void bootEnded(int machine, MachineResult ending);
}
