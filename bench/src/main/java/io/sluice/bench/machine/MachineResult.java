package io.sluice.bench.machine;

/** How a boot, or a stage of it, ended. */
public enum MachineResult {
  /** All that was asked for came. */
  DONE("done"),
  /** Something failed. */
  FAILED("failed"),
  /** The machine disappeared, as it was told to. */
  VANISHED("vanished"),
  /** The storm was over first. */
  CUT_OFF("cut off");

  private final String label;

  MachineResult(String label) {
    this.label = label;
  }

  /** The name in reports. */
  public String label() {
    return label;
  }
}
