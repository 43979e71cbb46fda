package io.sluice.server;

/** The version of the running program. */
final class Version {
  private Version() {}

  /** From the manifest of the jar; {@code dev} when the classes do not come from a jar. */
  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
