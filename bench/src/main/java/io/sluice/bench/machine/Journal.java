package io.sluice.bench.machine;

/** Writes down what a machine does; times are nanoseconds of the storm's clock. */
public interface Journal {
  /** A machine begins a stage. */
  void began(int machine, Stage stage);

  /** Body bytes came. */
  void received(Stage stage, int bytes);

  /** A machine was told to come back, and will. */
  void toldToWait(Stage stage);

  /** A stage ended. */
  void ended(StageRun run);

  /** A machine will do nothing more, or boots again. */
  void bootEnded(int machine, Ending ending);
}
