package io.sluice.server.config;

/** The version of the running program. */
public final class Version {
  private Version() {}

  /** From the manifest of the jar; {@code dev} when the classes do not come from a jar. */
  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
