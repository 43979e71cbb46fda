package io.sluice.bench.machine;

/** What a machine asks for on its way up, in this order. */
public enum BootStage {
  /** The firmware's loader opens a connection of its own for the script. */
  SCRIPT("script", true),
  /** Fetched by the loader, on the script's connection while the server keeps it open. */
  KERNEL("kernel", false),
  /** Fetched by the loader, like the kernel. */
  INITRD("initrd", false),
  /** Fetched by the installer the kernel started: a new program, so a new connection. */
  IMAGE("image", true),
  /** The installer tells that it is done. */
  COMPLETION("completion", true);

  private final String label;
  private final boolean newConnection;

  BootStage(String label, boolean newConnection) {
    this.label = label;
    this.newConnection = newConnection;
  }

  /** The stage's name as the command line and the reports spell it. */
  public String label() {
    return label;
  }

  /** Whether the stage begins with a connection of its own. */
  public boolean newConnection() {
    return newConnection;
  }

  /**
   * The stage of that name.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static BootStage of(String label) {
    for (BootStage stage : values()) {
      if (stage.label.equals(label)) {
        return stage;
      }
    }
    throw new IllegalArgumentException(
        "'" + label + "' (expected: script, kernel, initrd, image or completion)");
  }
}
